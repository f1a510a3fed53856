"""DKIM keys: made, kept as PEM, and published as TXT records (RFC 6376 section 3.6.1, RFC 8463 section 4)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from newsletter.errors import InputError
from newsletter.mail.dkim import DkimKey

RSA_BITS = 2048
"""RFC 8301 section 3.2: at least 1024, 2048 advised; more does not fit a UDP answer."""
STRING_OCTETS = 255
"""Longest character-string of a TXT record (RFC 1035 section 3.3)."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_SELECTOR = re.compile(
    rf"(?=.{{1,63}}\Z){_LABEL}(?:\.{_LABEL})*\Z"
)  # RFC 6376 section 3.1: sub-domains, parted by dots


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """What is to be published: a TXT record at `name` with `text`."""

    name: str
    text: str

    @property
    def strings(self) -> list[str]:
        """The text in pieces a TXT record can hold."""
        return [self.text[start : start + STRING_OCTETS] for start in range(0, len(self.text), STRING_OCTETS)]

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file."""
        return f"{self.name}. IN TXT " + " ".join(f'"{each}"' for each in self.strings)


def make_rsa_key(selector: str) -> DkimKey:
    """Return a fresh RSA key. Raises InputError when the selector is none."""
    return DkimKey(_checked(selector), rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def make_ed25519_key(selector: str) -> DkimKey:
    """Return a fresh Ed25519 key. Raises InputError when the selector is none."""
    return DkimKey(_checked(selector), Ed25519PrivateKey.generate())


def read_pem(selector: str, pem: bytes) -> DkimKey:
    """Read a private key (PKCS #8 or the older RSA form). Raises InputError when it is none that DKIM may use."""
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError("this is not a private key in PEM without a password", where=f"DKIM key {selector}") from None
    if isinstance(private, Ed25519PrivateKey):
        return DkimKey(_checked(selector), private)
    if not isinstance(private, RSAPrivateKey) or private.key_size < 1024:
        raise InputError("DKIM signs with RSA of at least 1024 bits or Ed25519", where=f"DKIM key {selector}")
    return DkimKey(_checked(selector), private)


def write_pem(key: DkimKey) -> bytes:
    """Return the private key in PEM (PKCS #8, no password): keep it in a file only the service may read."""
    return key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def dkim_record(key: DkimKey, domain: str) -> DkimRecord:
    """Return the record that publishes the public half of `key` for `domain`."""
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        kind = "rsa"
        octets = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        kind = "ed25519"  # RFC 8463 section 4.2: the bare 32 octets
        octets = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode('ascii')}"
    return DkimRecord(f"{key.selector}._domainkey.{domain}", text)


def fingerprint(key: DkimKey) -> str:
    """Return the SHA-256 of the public half of a key, in hexadecimal digits."""
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.private.public_key().public_bytes(*form)).hexdigest()


def _checked(selector: str) -> str:
    if not _SELECTOR.match(selector):
        raise InputError(f"{selector!r} is not a selector", remedy="letters, digits and dashes, such as news2026")
    return selector
