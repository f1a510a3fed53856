"""Random secrets that are shown once, and the hashes that the ledger keeps of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

SECRET_OCTETS = 32


def new_secret() -> str:
    """Return 32 random octets in 43 characters of base64url (RFC 4648 section 5)."""
    return text_of(secrets.token_bytes(SECRET_OCTETS))


def text_of(octets: bytes) -> str:
    """Return octets as base64url without padding."""
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def octets_of(secret: str) -> bytes | None:
    """Return the octets of a secret as `new_secret` spells it, None for anything else."""
    try:
        octets = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return octets if len(octets) == SECRET_OCTETS and text_of(octets) == secret else None


def hash_of(secret: str) -> bytes | None:
    """Return the SHA-256 of a secret's octets, None for what is no secret."""
    octets = octets_of(secret)
    return None if octets is None else hashlib.sha256(octets).digest()


def hash_of_new(secret: str) -> bytes:
    """Return the hash of a secret that `new_secret` made."""
    secret_hash = hash_of(secret)
    assert secret_hash is not None
    return secret_hash
