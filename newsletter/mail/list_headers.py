"""What tells a mail client that this is a list: RFC 2369, RFC 2919, RFC 8058, and Gmail's Feedback-ID."""

from __future__ import annotations

import base64
import hashlib
import re

from newsletter.errors import InputError
from newsletter.mail.message import mailbox

_URL = re.compile(r"(?:https?|mailto):[!-;=?-~]+\Z")  # printable ASCII, no space and no angle bracket
_LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{3,255}\Z")
_NOT_A_FIELD = re.compile(r"[^A-Za-z0-9._-]+")


_FIELD_CHARS, _HASH_CHARS = 60, 10


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
        # RFC 8058 section 3.1: only beside an HTTPS URI
        *([("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] if unsubscribe_url.startswith("https:") else []),
        ("List-Post", "NO"),  # RFC 2369 section 3.4: nobody may post to it
    ]
    headers += [
        (field, _bracketed(url)) for field, url in (("List-Archive", archive_url), ("List-Help", help_url)) if url
    ]
    return headers + ([("Feedback-ID", feedback)] if feedback else [])


def feedback_id(*, issue: str, publication: str, kind: str, sender: str) -> str:
    """Return Gmail's `issue:publication:kind:sender`, by which its Postmaster Tools sort complaints.

    Four fields at most. Each is counted by itself, so the first one names the publication as well: two dailies call an issue
    2026-05-09. The last one is the same for all mail of a sender and 5 to 15 characters long:
    https://support.google.com/a/answer/6254652
    """
    fields = (f"{publication}-{issue}", publication, kind, sender_id(sender))
    return ":".join(map(_field, fields))


def sender_id(domain: str) -> str:
    """Return the ten characters that stand for a domain, the same for ever."""
    return _short_hash(domain.strip().lower())


def _field(text: str) -> str:
    """One field without colons; a long one ends in a hash, so that what differs stays different."""
    plain = _NOT_A_FIELD.sub("-", text)
    return plain if len(plain) <= _FIELD_CHARS else f"{plain[: _FIELD_CHARS - _HASH_CHARS - 1]}-{_short_hash(text)}"


def _short_hash(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:_HASH_CHARS].decode().lower()


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
