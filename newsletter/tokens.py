"""Signed, short, purpose-bound tokens.

A token is 18 octets: 1 octet key id (which secret made it), 7 octets subject id, 10 octets of HMAC-SHA256 (RFC 2104, truncated to 80 bits as
section 5 allows) over purpose, key id and subject. In URLs it is 24 characters of base64url (RFC 4648 section 5); in
mail addresses, whose local part some servers fold to lower case, 36 hexadecimal digits. A token made for one purpose
is refused for every other. Timed tokens carry their moment (4 octets) inside the signature: 22 octets, 30 characters.

The key of each purpose is derived from the secret by HKDF-SHA256 (RFC 5869): whoever has one key has no other, and not the secret.

All tokens of one kind have one length, so that compiled messages keep their line lengths when slots are filled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from newsletter.errors import InputError, TokenError
from newsletter.sentences import sentence

TOKEN_CHARS = 24
"""Length of a plain token in a URL."""
ADDRESS_TOKEN_CHARS = 36
"""Length of a token in an address's local part."""

_MAC_OCTETS = 10
_HEAD_OCTETS = 8
FIRST_KEY_ID = 1
LAST_KEY_ID = 255
"""A key id is one octet, and 0 is none."""
LEAST_OCTETS = 16
KEY_OCTETS = 32
"""Length of the key of one purpose: that of the hash (RFC 2104 section 3)."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KEY_IDS = frozenset(str(number) for number in range(FIRST_KEY_ID, LAST_KEY_ID + 1))


class Purpose(StrEnum):
    """What a token may be used for; it is worth nothing elsewhere."""

    __hash__ = str.__hash__  # that of Enum is a Python function, and tokens are made for each message

    CONFIRM = "confirm"  # subject: subscription id; timed
    UNSUBSCRIBE = "unsubscribe"  # subject: delivery id
    PREFERENCES = "preferences"  # subject: subscription id
    CLICK = "click"  # subject: delivery id
    OPEN = "open"  # subject: delivery id
    VOTE = "vote"  # subject: delivery id
    VIEW = "view"  # subject: delivery id
    RETURN_PATH = "return-path"  # subject: delivery id
    NOTICE_RETURN_PATH = "notice-return-path"  # subject: notice id
    MESSAGE_ID = "message-id"  # subject: delivery id; anyone may see it
    NOTICE_MESSAGE_ID = "notice-message-id"  # subject: notice id; anyone may see it
    FORM = "form"  # subject: publication id; timed
    PREVIEW = "preview"  # subject: issue id; timed


def derive(secret: bytes, purpose: Purpose) -> bytes:
    """Return the key of one purpose: HKDF-SHA256 (RFC 5869) without salt, the purpose in the info. Raises ValueError for a short secret."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # late: settings are read by those who sign nothing

    if len(secret) < LEAST_OCTETS:
        raise ValueError(f"a signing secret needs at least {LEAST_OCTETS} octets")
    return HKDF(SHA256(), length=KEY_OCTETS, salt=None, info=b"newsletter token: " + purpose.value.encode()).derive(
        secret
    )


class Signer:
    """Makes and reads tokens of some purposes. `secret` is at least 16 octets; it is not kept, only the keys derived from it.

    `key_id` stands in every token made. The `previous` secrets, by the key id they had, are still read and never written:
    that is how a key is rotated. Each token is checked with the one key it names. Raises ValueError.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        key_id: int = FIRST_KEY_ID,
        previous: Mapping[int, bytes] | None = None,
        purposes: Collection[Purpose] = tuple(Purpose),
    ) -> None:
        if previous and key_id in previous:
            raise ValueError(f"key {key_id} cannot be both the present one and a previous one")
        found = {key_id: secret, **(previous or {})}
        self._hold({number: {p: derive(each, p) for p in purposes} for number, each in found.items()}, key_id)

    @classmethod
    def of_keys(cls, keys: Mapping[int, Mapping[Purpose, bytes]]) -> Self:
        """Return a signer that holds these keys, by key id and purpose; the first key id signs. Raises ValueError when there is none."""
        if not keys:
            raise ValueError("there is no key")
        made = cls.__new__(cls)
        cls._hold(made, keys, next(iter(keys)))
        return made

    @property
    def purposes(self) -> frozenset[Purpose]:
        """The purposes it can sign for."""
        return frozenset(purpose for purpose, mac in self._present.items() if mac is not _no_key)

    def _hold(self, keys: Mapping[int, Mapping[Purpose, bytes]], key_id: int) -> None:
        if not all(FIRST_KEY_ID <= number <= LAST_KEY_ID for number in keys):
            raise ValueError(f"a key id is a number from {FIRST_KEY_ID} to {LAST_KEY_ID}")
        self._first = key_id << 8 * (_HEAD_OCTETS - 1)
        # Every purpose has an entry, so that a token costs one look and no question.
        self._keys: dict[int, dict[Purpose, Callable[[bytes], bytes]]] = {
            number: {p: _Mac(of[p]) if p in of else _no_key for p in Purpose} for number, of in keys.items()
        }
        self._present = self._keys[key_id]

    def issue(self, purpose: Purpose, subject: int) -> str:
        """Return the 24-character token for `subject` (0 <= subject < 2**56)."""
        return self.issue_octets(purpose, subject).decode("ascii")

    def issue_octets(self, purpose: Purpose, subject: int) -> bytes:
        """Return the token that `issue` returns, in ASCII."""
        head = self._head(subject)
        return binascii.b2a_base64(head + self._present[purpose](head), newline=False).translate(_URL_SAFE)

    def read(self, purpose: Purpose, token: str) -> int:
        """Return the subject of `token`. Raises TokenError when it is forged or made for another purpose."""
        raw = _decode_url(token)
        if len(raw) != _HEAD_OCTETS + _MAC_OCTETS:
            raise _refused()
        self._check(purpose, raw[:_HEAD_OCTETS], raw[_HEAD_OCTETS:])
        return int.from_bytes(raw[1:_HEAD_OCTETS], "big")

    def issue_timed(self, purpose: Purpose, subject: int, at: datetime) -> str:
        """Return the 30-character token for `subject` that remembers the moment `at` (to the second)."""
        head = self._head(subject) + int(at.timestamp()).to_bytes(4, "big")
        return base64.urlsafe_b64encode(head + self._present[purpose](head)).decode("ascii").rstrip("=")

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
            raise TokenError(sentence("this link has expired"), remedy=sentence("ask for a new one"))
        if age < min_age:
            raise TokenError(
                sentence("this form was sent too fast"), remedy=sentence("wait a few seconds and send it again")
            )
        return int.from_bytes(head[1:_HEAD_OCTETS], "big"), made_at

    def issue_address(self, purpose: Purpose, subject: int) -> str:
        """Return the 36 lower-case hexadecimal digits that may stand in an address's local part."""
        head = self._head(subject)
        return (head + self._present[purpose](head)).hex()

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

    def _head(self, subject: int) -> bytes:
        if subject >> 8 * (_HEAD_OCTETS - 1):
            raise OverflowError("a token's subject is 0 <= subject < 2**56")
        return (self._first | subject).to_bytes(_HEAD_OCTETS, "big")

    def _check(self, purpose: Purpose, head: bytes, mac: bytes) -> None:
        keys = self._keys.get(head[0])
        if keys is None or (keys[purpose] is _no_key and self._present[purpose] is not _no_key):
            raise _refused()  # made with a key that was let go
        if not hmac.compare_digest(keys[purpose](head), mac):
            raise _refused()


def read_keys(text: str, *, besides: int) -> dict[int, bytes]:
    """Return the secrets of `number=secret` entries, parted by commas or lines, by key id; `besides` is taken already.

    Raises ValueError, without a word of any secret.
    """
    found: dict[int, bytes] = {}
    for entry in filter(None, (entry.strip() for entry in text.replace("\n", ",").split(","))):
        number, _, secret = (part.strip() for part in entry.partition("="))  # a secret in base64 may end in = itself
        if number not in _KEY_IDS or len(secret) < LEAST_OCTETS:
            raise ValueError(
                f"must be number=secret: a number from 1 to {LAST_KEY_ID}, at least {LEAST_OCTETS} characters"
            )
        if int(number) in {besides, *found}:
            raise ValueError(f"two keys have the number {number}")
        found[int(number)] = secret.encode()
    return found


def _no_key(_text: bytes) -> bytes:
    raise InputError(
        "this process holds no key for tokens of this kind",
        where="NEWSLETTER_SIGNING_KEYS",
        remedy="give it those of its role: `newsletter keys derive --help`",
    )


class _Mac:
    """HMAC-SHA256 (RFC 2104) under one key, for many short texts; its first 80 bits.

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
        return outer.digest()[:_MAC_OCTETS]


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
    return TokenError(
        sentence("this link is not valid"), remedy=sentence("use the link exactly as it stands in the mail")
    )
