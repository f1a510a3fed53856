"""Secrets that the ledger must give back are kept sealed: AES-256-GCM (NIST SP 800-38D) under a key made for this alone.

Sealed octets are the number of the key, twelve random octets, and the ciphertext with its tag. Whoever has a copy of the ledger but
not the secret key reads nothing; whoever has both reads all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from newsletter.errors import ConflictError, InputError

_NONCE_OCTETS = 12


class Sealer:
    """Seals with a key made of the first of `keys`, by number, and opens with the one that the sealed octets name.

    `keys` are those that sign forms, which only processes with pages hold: what is made of them here (HKDF-SHA256, RFC 5869) is no use
    to sign with, and nobody has to hand out another key. They are looked for when something is sealed or opened, which raises
    InputError where there are none.
    """

    def __init__(self, keys: Callable[[], Mapping[int, bytes]]) -> None:
        self._find = keys

    @cached_property
    def _keys(self) -> Mapping[int, AESGCM]:
        keys = {number: AESGCM(_derived(key)) for number, key in self._find().items()}
        if not keys:
            raise InputError("this process holds no key to seal secrets with", remedy="only one that has pages does")
        return keys

    def seal(self, secret: bytes, *, owner: int) -> bytes:
        """Return the secret sealed for the editor with the id `owner`, and for nobody else."""
        nonce, number = secrets.token_bytes(_NONCE_OCTETS), next(iter(self._keys))
        return bytes([number]) + nonce + self._keys[number].encrypt(nonce, secret, _bound_to(owner))

    def open(self, sealed: bytes, *, owner: int) -> bytes:
        """Return the secret. Raises ConflictError when the key that sealed it is gone, or it was another's."""
        key, nonce, rest = self._keys.get(sealed[0]), sealed[1 : 1 + _NONCE_OCTETS], sealed[1 + _NONCE_OCTETS :]
        if key is None:
            raise _unreadable()
        try:
            return key.decrypt(nonce, rest, _bound_to(owner))
        except InvalidTag:
            raise _unreadable() from None


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"newsletter seal: authenticators").derive(key)


def _unreadable() -> ConflictError:
    return ConflictError(
        "the secret of this authenticator cannot be read: the secret key that sealed it is gone",
        remedy="use a recovery code or a passkey, or let an owner take the second factor away: `newsletter editor second-factor`",
    )


def _bound_to(owner: int) -> bytes:
    return b"authenticator of editor " + str(owner).encode()
