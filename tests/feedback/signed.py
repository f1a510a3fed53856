"""Reports of feedback loops as they are signed: a key, what stands in DNS for it, and dkimpy's own signer."""

from __future__ import annotations

from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

LOOP = "loop.example"
SELECTOR = "s1"
COVERED = (b"from", b"to", b"subject", b"date", b"mime-version", b"content-type")


@cache
def private_key() -> bytes:
    """A key of 2,048 bits, in PEM."""
    return _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def record(domain: str = LOOP, selector: str = SELECTOR) -> str:
    """The line of a zone that publishes the key, its text in strings of 255 octets at most."""
    import base64

    octets = (
        _key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    text = f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"
    parted = " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))
    return f"{selector}._domainkey.{domain}. IN TXT {parted}"


def sign(raw: bytes, domain: str = LOOP, *, covered: tuple[bytes, ...] = COVERED, **options: object) -> bytes:
    """The message with a signature of `domain` on top."""
    headers = [name for name in covered if name + b":" in raw.partition(b"\r\n\r\n")[0].lower()]
    signature = dkim.sign(raw, SELECTOR.encode(), domain.encode(), private_key(), include_headers=headers, **options)
    return bytes(signature) + raw


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
