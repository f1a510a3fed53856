"""Whether a message carries a DKIM signature that may vouch for all of it: dkimpy verifies, and this file is strict (RFC 6376).

A signature says only what it covers. One that leaves out the body's end, the author or the header that tells the parts
of the body apart would let a stranger hang words of his own on it; and a head that two readers part differently is believed by none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

MOST_OCTETS = 1024 * 1024
"""A larger message is not verified: reports of feedback loops quote one mail."""
MOST_SIGNATURES = 4
"""Signatures of one message that are looked at."""
_HEAD_OCTETS = 64 * 1024
_MUST_BE_SIGNED = frozenset({b"from", b"content-type"})
_ONCE = (b"from", b"content-type", b"date", b"mime-version")
# RFC 5322 section 2.2: printable, blanks, and line ends; 8-bit octets by RFC 6532
_UNPRINTABLE = re.compile(rb"[^\t\n\r -~\x80-\xff]|\r(?!\n)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_ADDRESS = r"([^<>@\s,;\"()]+@[A-Za-z0-9.-]+)"
_AUTHOR = re.compile(rf'(?:"[^"<>]*"[ \t]*|[^"<>@,;()]*)<{_ADDRESS}>|{_ADDRESS}')
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """Who says to have signed, and for which author: nothing of it is verified yet."""

    domain: str
    selector: str
    author: str  # address in From, in lower case; empty unless there is exactly one

    @property
    def key_name(self) -> str:
        """Where the public key stands in DNS (RFC 6376 section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}".lower()


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified. `at` is when it was made, in Unix seconds, or 0; `value` tells it from any other."""

    domain: str
    author: str
    at: int
    value: str


def claims(raw: bytes) -> list[ClaimedSignature]:
    """Return the signatures a message says to have, as they stand; none when its head cannot be parted in one way alone."""
    head = _head(raw)
    if len(raw) > MOST_OCTETS or head is None:
        return []
    authors = _fields(head, "from")
    author = _author(authors[0]) if len(authors) == 1 else ""
    found = [_tags(value) for value in _fields(head, "dkim-signature")[:MOST_SIGNATURES]]
    return [ClaimedSignature(tags["d"].lower(), tags["s"], author) for tags in found if tags.get("d") and tags.get("s")]


def verified(raw: bytes, keys: Mapping[str, str]) -> list[Signature]:
    """Return the signatures that hold, by the public keys in `keys`, and cover all that a report says.

    Any other name is answered as if it were not in DNS. May raise anything on damaged input, and take long on a hostile one.
    """
    import dkim  # type: ignore[import-untyped]  # late: slow to import, and not for those who have no feedback loops

    def key(name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG001 - dkimpy calls by this name
        text = keys.get(name.decode("ascii", "replace").rstrip(".").lower())
        return text.encode() if text else None

    found: list[Signature] = []
    authors = {claim.author for claim in claims(raw)}
    for number in range(MOST_SIGNATURES if authors else 0):
        message = dkim.DKIM(raw, minkey=1024)
        with suppress(dkim.DKIMException):  # one that cannot be read stands beside one that can
            if message.verify(idx=number, dnsfunc=key) and _covers_all(message):
                found.append(_signature(message, next(iter(authors))))
    return found


def as_fields(signature: Signature) -> dict[str, Any]:
    """Return a signature as plain JSON values: `Signature(**fields)` makes it again."""
    return asdict(signature)


def _covers_all(message: Any) -> bool:
    names = [name.lower() for name, _ in message.headers]
    whole = b"l" not in message.signature_fields  # RFC 6376 section 8.2: what comes after could be anyone's
    return whole and set(message.include_headers) >= _MUST_BE_SIGNED and all(names.count(name) <= 1 for name in _ONCE)


def _signature(message: Any, author: str) -> Signature:
    tags = message.signature_fields
    value = b"".join(tags[b"b"].split()).decode("ascii", "replace")
    at = int(tags[b"t"]) if b"t" in tags else _dated(message)
    return Signature(message.domain.decode("ascii", "replace").lower(), author, at, value)


def _dated(message: Any) -> int:
    """The moment in Date, where that is signed."""
    if b"date" not in message.include_headers:
        return 0
    dates = [value for name, value in message.headers if name.lower() == b"date"]
    try:
        at = parsedate_to_datetime(dates[0].decode("ascii", "replace").strip())
    except (IndexError, ValueError, TypeError):
        return 0
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def moment(signature: Signature) -> datetime:
    """Return when a signature was made, in UTC."""
    return datetime.fromtimestamp(min(signature.at, 2**33), UTC)


def _head(raw: bytes) -> bytes | None:
    end = _END_OF_HEAD.search(raw, 0, _HEAD_OCTETS)
    if end is None or _UNPRINTABLE.search(raw, 0, end.start()):
        return None
    return raw[: end.start()]


def _fields(head: bytes, name: str) -> list[str]:
    """The values of a header as they stand, unfolded (RFC 5322 section 2.2.3)."""
    lines = _FOLD.sub(b"", head).replace(b"\r\n", b"\n").decode("utf-8", "replace").split("\n")
    parted = (line.partition(":") for line in lines)
    return [value.strip() for found, _, value in parted if found.rstrip(" \t").lower() == name]


def _author(value: str) -> str:
    """The address in From, in lower case, where it stands plainly; nothing of what takes a grammar to understand."""
    found = _AUTHOR.fullmatch(value)
    return (found[1] or found[2]).lower() if found else ""


def _tags(value: str) -> dict[str, str]:
    """The tags of a signature (RFC 6376 section 3.2), of which the names and values alone matter here."""
    pairs = (part.partition("=") for part in value.split(";"))
    return {name.strip(): "".join(told.split()) for name, _, told in pairs}
