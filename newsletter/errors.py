"""The one error tree. Every error says what is wrong, where, and how to mend it.

    NewsletterError
    ├── InputError            what a person gave us cannot be used          exit 2, HTTP 422
    │   └── DocumentError     an issue file, with line and column
    ├── ForbiddenError        whoever asks lacks the right                   exit 7, HTTP 403
    ├── NotFoundError         nothing by that name                           exit 3, HTTP 404
    │   └── MovedError        it has another name by now                     HTTP 301, 308
    ├── ConflictError         the state does not allow this move             exit 4, HTTP 409
    ├── TokenError            a signed token is forged, expired or foreign   exit 2, HTTP 400
    ├── LimitError            too many requests from one address             exit 5, HTTP 429
    └── UnavailableError      a part we depend on is down or full            exit 6, HTTP 503
        ├── StoreError        the database is gone, locked or full
        ├── QueueError        the broker cannot be reached
        └── TransportError    the way out is down: nothing was sent, no reader is consumed

Outcomes of mail are values (`newsletter.mail.envelope`), never exceptions.
"""

from __future__ import annotations


class NewsletterError(Exception):
    """Something a person can mend: `what` is wrong, `where`, and the `remedy`."""

    exit_code = 1
    http_status = 500

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{mend}"


class InputError(NewsletterError):
    """What a person gave us cannot be used; nothing was stored."""

    exit_code = 2
    http_status = 422


class DocumentError(InputError):
    """An issue file cannot be read; `line` and `column` count from 1."""

    def __init__(self, what: str, *, line: int, column: int = 1, source: str = "issue", remedy: str = "") -> None:
        super().__init__(what, where=f"{source}:{line}:{column}", remedy=remedy)
        self.line = line
        self.column = column


class ForbiddenError(NewsletterError):
    """Whoever asks lacks the right; nothing was changed."""

    exit_code = 7
    http_status = 403


class NotFoundError(NewsletterError):
    """Nothing goes by that name."""

    exit_code = 3
    http_status = 404


class MovedError(NotFoundError):
    """What was asked for goes by another name by now: `old` has become `new`, in segment `depth` of its address."""

    def __init__(self, what: str, *, old: str, new: str, depth: int) -> None:
        super().__init__(what, remedy=f"it is {new} now")
        self.old = old
        self.new = new
        self.depth = depth


class ConflictError(NewsletterError):
    """The present state does not allow this move."""

    exit_code = 4
    http_status = 409


class TokenError(NewsletterError):
    """A signed token is forged, expired, or was made for another purpose."""

    exit_code = 2
    http_status = 400


class LimitError(NewsletterError):
    """Too many requests; try again after `retry_after` seconds."""

    exit_code = 5
    http_status = 429

    def __init__(self, what: str, *, retry_after: int, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.retry_after = retry_after


class UnavailableError(NewsletterError):
    """A part we depend on is down or full; nothing is lost, try again."""

    exit_code = 6
    http_status = 503


class StoreError(UnavailableError):
    """The database is gone, locked, or full."""


class QueueError(UnavailableError):
    """The broker cannot be reached; the ledger keeps what it would have rung."""


class TransportError(UnavailableError):
    """The way out is down: nothing was sent, the batch is released, no reader is consumed."""
