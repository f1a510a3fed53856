"""What tells a mail client that this is a list: RFC 2369, RFC 2919, RFC 8058, and Gmail's Feedback-ID."""

from __future__ import annotations

import re

from newsletter.errors import InputError
from newsletter.mail.message import mailbox

_URL = re.compile(r"(?:https?|mailto):[!-;=?-~]+\Z")  # printable ASCII, no space and no angle bracket
_LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{3,255}\Z")
_NOT_A_FIELD = re.compile(r"[^A-Za-z0-9._-]+")


def list_headers(
    *,
    name: str,
    list_id: str,
    unsubscribe_url: str,
    archive_url: str = "",
    help_url: str = "",
    unsubscribe_mailto: str = "",
    feedback: str = "",
) -> list[tuple[str, str]]:
    """Return the list headers as (name, value), ready for `header` or `MessageTemplate`.

    `name` and `list_id` (without angle brackets) say which list; the URLs are absolute and may hold slot marks; `feedback`
    comes from `feedback_id`. Raises InputError when a URL could not stand between angle brackets.
    """
    ways_out = [_bracketed(url) for url in (unsubscribe_url, unsubscribe_mailto) if url]
    headers = [
        ("List-Id", _list_id(name, list_id)),
        # RFC 2369 section 2: several ways in order of preference. RFC 8058 section 3.1: one of them by HTTPS.
        ("List-Unsubscribe", ", ".join(ways_out)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Post", "NO"),  # RFC 2369 section 3.4: nobody may post to it
    ]
    headers += [
        (field, _bracketed(url)) for field, url in (("List-Archive", archive_url), ("List-Help", help_url)) if url
    ]
    return headers + ([("Feedback-ID", feedback)] if feedback else [])


def feedback_id(*, issue: str, publication: str, kind: str, sender: str) -> str:
    """Return Gmail's `issue:publication:kind:sender`, by which its Postmaster Tools sort complaints.

    Four fields at most, the last one the same for all mail of a sender:
    https://support.google.com/a/answer/6254652
    """
    return ":".join(_NOT_A_FIELD.sub("-", field)[:60] for field in (issue, publication, kind, sender))


def _list_id(name: str, list_id: str) -> str:
    """RFC 2919 section 2: an optional phrase, then the identifier in angle brackets."""
    if not _LIST_ID.match(list_id) or "." not in list_id:
        raise InputError(
            f"{list_id!r} is not a list identifier", where="List-Id", remedy="write it as label.example.org"
        )
    return mailbox(name, list_id) if name.strip() else f"<{list_id}>"


def _bracketed(url: str) -> str:
    if not _URL.match(url):
        raise InputError(f"{url[:80]!r} is not an absolute http, https or mailto URL in ASCII", where="list headers")
    # RFC 2369 section 2: a comma parts one URL from the next, even within brackets for careless readers.
    return f"<{url.replace(',', '%2C')}>"
