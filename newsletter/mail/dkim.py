"""DKIM signatures (RFC 6376; Ed25519 by RFC 8463), made on `cryptography`.

The body is hashed once for all keys, and not copied when it is in simple canonical form already. Hashing and signing release
the interpreter's lock, so several threads sign at once.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from newsletter.errors import InputError

SIGNED_HEADERS = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Sender",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "List-Help",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
)
"""Signed where present, and each once more than it occurs (RFC 6376 section 8.15): a second one added later breaks the
signature. RFC 8058 section 4 asks for both List-Unsubscribe headers."""

_SIGNABLE = frozenset(name.lower().encode() for name in SIGNED_HEADERS)
_SIGNABLE_IN_ORDER = sorted(_SIGNABLE)
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)")
_BETWEEN_HEADERS = re.compile(rb"\r\n(?![ \t])")
_SPACES = re.compile(rb"[ \t]+")
_PREHASHED = utils.Prehashed(hashes.SHA256())
_PKCS1 = padding.PKCS1v15()


class Canonicalization(StrEnum):
    """How header and body are made equal before hashing (RFC 6376 section 3.4)."""

    RELAXED_RELAXED = "relaxed/relaxed"
    RELAXED_SIMPLE = "relaxed/simple"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and the selector its public half is published under."""

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """Value of `a=`."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, _PKCS1, _PREHASHED)
        return self.private.sign(digest)  # RFC 8463 section 3: PureEdDSA over the digest


class DkimSigner:
    """Signs messages of one domain with each of its keys; thread-safe.

    Relaxed for the body costs a pass over it; simple is enough for a body whose lines nobody has reason to touch.
    """

    def __init__(
        self,
        domain: str,
        keys: Sequence[DkimKey],
        canonicalization: Canonicalization = Canonicalization.RELAXED_SIMPLE,
    ) -> None:
        if not keys:
            raise InputError("there is no key to sign with", where=f"DKIM for {domain}")
        self._keys = tuple(keys)
        self._relaxed = canonicalization is Canonicalization.RELAXED_RELAXED
        self._heads = [
            f"v=1; a={key.algorithm}; c={canonicalization};\r\n\td={domain}; s={key.selector};".encode() for key in keys
        ]

    @property
    def keys(self) -> tuple[DkimKey, ...]:
        """The keys it signs with."""
        return self._keys

    def sign(self, message: bytes, at: datetime | int) -> bytes:
        """Return one DKIM-Signature header for each key, in wire form, to be put before `message`.

        `message` is in wire form; `at` is the moment of signing (`t=`). Raises InputError when it has no From header or a
        header that is none.
        """
        head, start = _parted(message)
        names, canonical = _signed_part(head)
        seconds = at if isinstance(at, int) else int(at.timestamp())
        body = _relaxed_body(message[start:]) if self._relaxed else _simple_body(message, start)
        body_hash = base64.b64encode(hashlib.sha256(body).digest())
        tail = b" t=%d;\r\n\th=%b;\r\n\tbh=%b;\r\n\tb=" % (seconds, _folded(names), body_hash)
        hashed = hashlib.sha256(canonical)
        return b"".join(
            self._signature(key, first + tail, hashed.copy())
            for key, first in zip(self._keys, self._heads, strict=True)
        )

    def signed(self, message: bytes, at: datetime | int) -> bytes:
        """Return `message` with its signatures before it; what was safe on the wire stays so."""
        return self.sign(message, at) + message

    @staticmethod
    def _signature(key: DkimKey, value: bytes, hashed: hashlib._Hash) -> bytes:
        # RFC 6376 section 3.7: the signature's own header comes last, its b= empty, without a CRLF. It is folded here, so
        # that its relaxed form is known.
        relaxed = value.replace(b"\r\n\t ", b" ").replace(b"\r\n\t", b" ")
        hashed.update(b"dkim-signature:" + relaxed)
        encoded = base64.b64encode(key.sign(hashed.digest()))
        return b"DKIM-Signature: %b%b\r\n" % (value, b"\r\n\t ".join(_cut(encoded, 72)))


def _parted(message: bytes) -> tuple[bytes, int]:
    """The header lines with their CRLFs, and where the body begins."""
    if message.startswith(b"\r\n"):
        return b"", 2
    end = message.find(b"\r\n\r\n")
    return (message, len(message)) if end < 0 else (message[: end + 2], end + 4)


def _signed_part(head: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """The names for `h=`, each once more than it occurs, and the canonical headers in that order."""
    *headers, rest = _BETWEEN_HEADERS.split(head)
    fields = [_field(header) for header in headers]
    if rest:
        raise _no_header()
    # RFC 6376 section 5.4.2: of equal names the last is signed first.
    signed = [(name, line) for name, line in reversed(fields) if name in _SIGNABLE]
    names = tuple(name for name, _ in signed)
    if b"from" not in names:  # RFC 6376 section 5.4: From must be signed
        raise InputError("a message without From cannot be signed", where="DKIM")
    return (*names, *_SIGNABLE_IN_ORDER), b"".join(line for _, line in signed)


@functools.lru_cache(64)  # most headers are the same in all messages of an edition
def _field(header: bytes) -> tuple[bytes, bytes]:
    """The lower-case name of a header, and its canonical form with CRLF."""
    found = _HEADER.fullmatch(header)
    if found is None:
        raise _no_header()
    name = found[1].lower()
    return name, b"%b:%b\r\n" % (name, _relaxed_value(found[2]))


def _no_header() -> InputError:
    return InputError("a line of the header is not a header in wire form", where="DKIM")


def _relaxed_value(value: bytes) -> bytes:
    """RFC 6376 section 3.4.2: unfolded, runs of white space to one space, none at either end."""
    if b"\r" in value or b"\t" in value or b"  " in value:
        value = _SPACES.sub(b" ", value.replace(b"\r\n", b""))
    return value.strip(b" ")


def _simple_body(message: bytes, start: int) -> bytes | memoryview:
    """RFC 6376 section 3.4.3: one CRLF at the end, whatever there was. No copy is made of a body that has one."""
    end = len(message)
    while message.endswith(b"\r\n", start, end):
        end -= 2
    if message.startswith(b"\r\n", end):
        return memoryview(message)[start : end + 2]
    return message[start:end] + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376 section 3.4.4: runs of white space to one space, none at a line's end; an empty body stays empty."""
    text = _SPACES.sub(b" ", body).replace(b" \r\n", b"\r\n")
    if text.endswith(b" "):
        text = text[:-1]
    end = len(text)
    while text.endswith(b"\r\n", 0, end):
        end -= 2
    return text[:end] + b"\r\n" if end else b""


@functools.lru_cache(64)  # the messages of one edition have the same headers
def _folded(names: tuple[bytes, ...]) -> bytes:
    """Names joined by colons, in lines of at most 76 (RFC 6376 section 3.5: folding white space may stand around colons)."""
    lines = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > 70:
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n\t ".join(lines)[:-1]


def _cut(text: bytes, width: int) -> list[bytes]:
    return [text[start : start + width] for start in range(0, len(text), width)]
