"""Signed, short, purpose-bound tokens.

A token is 18 octets: 1 octet key id, 7 octets subject id, 10 octets of HMAC-SHA256 (RFC 2104, truncated to 80 bits as
section 5 allows) over purpose, key id and subject. In URLs it is 24 characters of base64url (RFC 4648 section 5); in
mail addresses, whose local part some servers fold to lower case, 36 hexadecimal digits. A token made for one purpose
is refused for every other. Timed tokens carry their moment (4 octets) inside the signature: 22 octets, 30 characters.

All tokens of one kind have one length, so that compiled messages keep their line lengths when slots are filled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum

from newsletter.errors import TokenError

TOKEN_CHARS = 24
"""Length of a plain token in a URL."""
ADDRESS_TOKEN_CHARS = 36
"""Length of a token in an address's local part."""

_MAC_OCTETS = 10
_HEAD_OCTETS = 8
_KEY_ID = 1
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Purpose(StrEnum):
    """What a token may be used for; it is worth nothing elsewhere."""

    __hash__ = str.__hash__  # that of Enum is a Python function, and tokens are made for each message

    CONFIRM = "confirm"  # subject: subscription id; timed
    UNSUBSCRIBE = "unsubscribe"  # subject: delivery id
    PREFERENCES = "preferences"  # subject: subscription id
    CLICK = "click"  # subject: delivery id
    OPEN = "open"  # subject: delivery id
    VIEW = "view"  # subject: delivery id
    RETURN_PATH = "return-path"  # subject: delivery id
    NOTICE_RETURN_PATH = "notice-return-path"  # subject: notice id
    FORM = "form"  # subject: publication id; timed
    SESSION = "session"  # subject: editor session id; timed
    CSRF = "csrf"  # subject: editor session id
    PREVIEW = "preview"  # subject: issue id; timed


class Signer:
    """Makes and reads tokens. `secret` is at least 16 octets; keys for each purpose are derived from it.

    `previous` secrets are still read, never written: that is how a key is rotated.
    """

    def __init__(self, secret: bytes, previous: tuple[bytes, ...] = ()) -> None:
        if len(secret) < 16:
            raise ValueError("a signing secret needs at least 16 octets")
        self._keys = [
            {p: _Mac(hmac.digest(s, b"newsletter:" + p.value.encode(), hashlib.sha256)) for p in Purpose}
            for s in (secret, *previous)
        ]

    def issue(self, purpose: Purpose, subject: int) -> str:
        """Return the 24-character token for `subject` (0 <= subject < 2**56)."""
        return self.issue_octets(purpose, subject).decode("ascii")

    def issue_octets(self, purpose: Purpose, subject: int) -> bytes:
        """Return the token that `issue` returns, in ASCII."""
        head = _head(subject)
        return binascii.b2a_base64(head + self._mac(0, purpose, head), newline=False).translate(_URL_SAFE)

    def read(self, purpose: Purpose, token: str) -> int:
        """Return the subject of `token`. Raises TokenError when it is forged or made for another purpose."""
        raw = _decode_url(token)
        if len(raw) != _HEAD_OCTETS + _MAC_OCTETS:
            raise _refused()
        self._check(purpose, raw[:_HEAD_OCTETS], raw[_HEAD_OCTETS:])
        return int.from_bytes(raw[1:_HEAD_OCTETS], "big")

    def issue_timed(self, purpose: Purpose, subject: int, at: datetime) -> str:
        """Return the 30-character token for `subject` that remembers the moment `at` (to the second)."""
        head = _head(subject) + int(at.timestamp()).to_bytes(4, "big")
        return base64.urlsafe_b64encode(head + self._mac(0, purpose, head)).decode("ascii").rstrip("=")

    def read_timed(self, purpose: Purpose, token: str, now: datetime, max_age: float, min_age: float = 0) -> int:
        """Return the subject of a timed token aged between `min_age` and `max_age` seconds. Raises TokenError."""
        return self.read_dated(purpose, token, now, max_age, min_age)[0]

    def read_dated(
        self, purpose: Purpose, token: str, now: datetime, max_age: float, min_age: float = 0
    ) -> tuple[int, datetime]:
        """Return the subject of a timed token and the moment it was made, to the second. Raises TokenError."""
        raw = _decode_url(token)
        if len(raw) != _HEAD_OCTETS + 4 + _MAC_OCTETS:
            raise _refused()
        head, mac = raw[: _HEAD_OCTETS + 4], raw[_HEAD_OCTETS + 4 :]
        self._check(purpose, head, mac)
        made_at = datetime.fromtimestamp(int.from_bytes(head[_HEAD_OCTETS:], "big"), UTC)
        age = (now - made_at).total_seconds()
        if age > max_age:
            raise TokenError("this link has expired", remedy="ask for a new one")
        if age < min_age:
            raise TokenError("this form was sent too fast", remedy="wait a few seconds and send it again")
        return int.from_bytes(head[1:_HEAD_OCTETS], "big"), made_at

    def issue_address(self, purpose: Purpose, subject: int) -> str:
        """Return the 36 lower-case hexadecimal digits that may stand in an address's local part."""
        head = _head(subject)
        return (head + self._mac(0, purpose, head)).hex()

    def read_address(self, purpose: Purpose, token: str) -> int:
        """Return the subject of an address token, in any letter case. Raises TokenError."""
        if len(token) != ADDRESS_TOKEN_CHARS or not token.isalnum():  # fromhex would pass over white space
            raise _refused()
        try:
            raw = bytes.fromhex(token)
        except ValueError:
            raise _refused() from None
        self._check(purpose, raw[:_HEAD_OCTETS], raw[_HEAD_OCTETS:])
        return int.from_bytes(raw[1:_HEAD_OCTETS], "big")

    def _mac(self, generation: int, purpose: Purpose, head: bytes) -> bytes:
        return self._keys[generation][purpose](head)[:_MAC_OCTETS]

    def _check(self, purpose: Purpose, head: bytes, mac: bytes) -> None:
        # Every generation is tried in full, so that time tells nothing about which one matched.
        good = [hmac.compare_digest(self._mac(g, purpose, head), mac) for g in range(len(self._keys))]
        if head[0] != _KEY_ID or not any(good):
            raise _refused()


class _Mac:
    """HMAC-SHA256 (RFC 2104) under one key, for many short texts.

    Both padded keys are hashed once and the states copied (section 4 of the RFC). `hmac.digest` takes twice as long, and
    gives up the interpreter's lock each time, which other threads then fight for.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def __call__(self, text: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()


def _head(subject: int) -> bytes:
    if subject >> 8 * (_HEAD_OCTETS - 1):
        raise OverflowError("a token's subject is 0 <= subject < 2**56")
    return (_KEY_ID << 8 * (_HEAD_OCTETS - 1) | subject).to_bytes(_HEAD_OCTETS, "big")


def _decode_url(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    # One spelling only: the decoder also takes padding, `+` and `/`, and any bits in the unused end of the last character.
    if base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=") != token:
        raise _refused()
    return raw


def _refused() -> TokenError:
    return TokenError("this link is not valid", remedy="use the link exactly as it stands in the mail")
