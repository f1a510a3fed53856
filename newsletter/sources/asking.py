"""Ask one source and read its answer: whatever happens comes back as an outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.fetch.values import Ask, BrokenAnswerError, LargeAnswerError, Page, SlowAnswerError
from newsletter.fetch.visits import Visits
from newsletter.guarded_child import ChildDownError
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.sources import found
from newsletter.sources.found import Reading
from newsletter.sources.kinds.octets import in_utf8
from newsletter.sources.outcomes import AskedSource, Outcome
from newsletter.sources.secret_headers import SecretHeaders

log = structlog.get_logger(__name__)

OCTETS, SECONDS, REDIRECTS = 4_000_000, 10.0, 5
"""Most of one answer, unpacked, the longest that it may take, and the redirects on its way."""
WAIT_SECONDS, LONGEST_WAIT_SECONDS = 3600.0, 86_400.0
"""How long a source is left alone that asks for it and does not say how long, and the longest it may say."""
ACCEPT = {
    SourceKind.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    SourceKind.GITHUB: "application/vnd.github+json",
}
"""What is wished of an answer's form, where a kind wishes something."""
_OK, _FORBIDDEN, _GONE, _TOO_MANY, _UNAVAILABLE = 200, 403, 410, 429, 503


class ReadingTooLongError(Exception):
    """Reading took longer than it may, or more memory; the words are for the editor."""


class ReadersBusyError(Exception):
    """Others' answers were read for so long that this one was not: it is to be asked again."""


class Reads(Protocol):
    """What reads answers, out of harm's way."""

    def __call__(
        self, kind: SourceKind, content: bytes, *, address: str, mapping: Mapping[str, Any] | None, now: datetime
    ) -> Reading:
        """Return what an answer offers.

        Raises `found.BrokenAnswerError`, `found.LimitedAnswerError`, ReadingTooLongError, ReadersBusyError.
        """
        ...


@dataclass(frozen=True)
class SourceAsker:
    """The tools of asking one source. `read` is told the octets, and where they came from."""

    clock: Clock
    secrets: SecretHeaders
    read: Reads

    def ask(self, visits: Visits, asked: AskedSource, *, seconds: float = SECONDS) -> Outcome:
        """Return what came of it. Raises nothing: also what nobody foresaw is an outcome of this source alone."""
        began = self.clock.monotonic()
        try:
            outcome = self._asked(visits, asked, seconds)
        except SlowAnswerError as error:
            outcome = Outcome(GatherResult.SLOW, error.what)
        except BrokenAnswerError as error:
            outcome = Outcome(GatherResult.BROKEN, error.what)
        except LargeAnswerError:
            outcome = Outcome(GatherResult.REFUSED, f"its answer is larger than {OCTETS // 1_000_000} MB")
        except ChildDownError as error:  # no fault of the source
            outcome = Outcome(GatherResult.LEFT, error.what)
        except NewsletterError as error:
            outcome = Outcome(GatherResult.REFUSED, str(error))
        except Exception as error:
            log.exception("a source could not be asked for a reason nobody foresaw", source_id=asked.source_id)
            outcome = Outcome(GatherResult.BROKEN, f"asking it failed: {type(error).__name__}")
        return replace(
            outcome,
            words=_keepable(outcome.words),
            milliseconds=round((self.clock.monotonic() - began) * 1000),
        )

    def _asked(self, visits: Visits, asked: AskedSource, seconds: float) -> Outcome:
        page = visits.ask(
            Ask(
                asked.address,
                headers={"Accept": ACCEPT.get(asked.kind, "*/*")},
                secret_headers=self.secrets.of(asked),
                etag=asked.etag,
                last_modified=asked.last_modified,
                validators_of=asked.validators_of,
                schemes=("https", "http") if asked.plain_http else ("https",),
                octets=OCTETS,
                seconds=min(seconds, SECONDS),
            )
        )
        outcome = self.judged(page, asked)
        # what was read of it is all that is kept: outcomes wait for each other
        return replace(outcome, page=replace(page, content=b""), octets=len(page.content))

    def judged(self, page: Page, asked: AskedSource) -> Outcome:
        """Return what an answer means, reading it where there is something to read."""
        if page.is_unchanged:
            if (
                not asked.etag and not asked.last_modified
            ):  # otherwise it would never be read, and never count as failing
                return Outcome(GatherResult.REFUSED, "it says that nothing changed (304), which it was not asked")
            return Outcome(GatherResult.UNCHANGED, digest=asked.digest)
        if page.status == _GONE:
            return Outcome(GatherResult.GONE, "it says that it is gone for good (410)")
        wait = self._wait_asked_for(page)
        if wait is not None:
            return Outcome(GatherResult.LIMITED, f"it asks to be left alone ({page.status})", wait=wait)
        if page.status != _OK:
            return Outcome(GatherResult.REFUSED, f"the answer is {page.status}")
        digest = hashlib.sha256(page.content).hexdigest()
        if digest == asked.digest:
            return Outcome(GatherResult.UNCHANGED, digest=digest)
        content = in_utf8(page.content, page.headers.get("content-type", ""))
        return replace(self.read_whole(content, page.url, asked), digest=digest)

    def read_whole(self, content: bytes, address: str, asked: AskedSource) -> Outcome:
        """Return what reading an answer came to."""
        try:
            reading = self.read(asked.kind, content, address=address, mapping=asked.mapping, now=self.clock.now())
        except found.LimitedAnswerError as error:
            wait = min(error.seconds or WAIT_SECONDS, LONGEST_WAIT_SECONDS)
            return Outcome(GatherResult.LIMITED, error.words, wait=wait)
        except found.BrokenAnswerError as error:
            return Outcome(GatherResult.BROKEN, error.words, error.reading)
        except ReadingTooLongError as error:
            return Outcome(GatherResult.SLOW, str(error))
        except ReadersBusyError:
            return Outcome(GatherResult.LEFT, "there was no time left to read it")
        if reading.offered and not reading.candidates:
            feeds = ", ".join(address for address, _ in reading.offered[:3])
            return Outcome(GatherResult.BROKEN, f"it is a page, and names feeds: {feeds}", reading)
        if asked.kind is SourceKind.TABLE and (reading.table is None or not reading.table.rows):
            return Outcome(GatherResult.UNFIT, "; ".join(reading.told[:3]) or "the mapping fits no row", reading)
        return Outcome(GatherResult.NEW, "; ".join(reading.told[:3]), reading)

    def _wait_asked_for(self, page: Page) -> float | None:
        """Seconds to leave a server alone that says so; None when it does not.

        GitHub says it by headers of its own, with 403 or 429 (docs.github.com, rate limits of the REST API).
        """
        used_up = page.headers.get("x-ratelimit-remaining") == "0" and page.status in (_FORBIDDEN, _TOO_MANY)
        if page.status == _TOO_MANY or used_up:
            reset = page.headers.get("x-ratelimit-reset", "")
            until = float(reset) - self.clock.now().timestamp() if used_up and _is_moment(reset) else WAIT_SECONDS
            wait = page.retry_after if page.retry_after is not None else until
            return min(max(wait, 0.0), LONGEST_WAIT_SECONDS)
        return page.retry_after if page.status in (_UNAVAILABLE, _FORBIDDEN) else None


def _keepable(words: str) -> str:
    """Return words without what PostgreSQL keeps in no text: NUL, and half surrogates."""
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


AskOne = Callable[[AskedSource, float], Outcome]
"""A source and the seconds it may take -> what came of it."""
