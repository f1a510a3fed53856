"""An authenticator in software (Web Authentication Level 3): real key pairs, CBOR and COSE, and every way to answer wrongly.

It answers what the browser hands it, as `navigator.credentials` would, in the JSON that the desk's script sends.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

ES256, RS256 = -7, -257
"""COSE algorithms (RFC 9053 section 2.1, RFC 8812 section 2)."""
PRESENT, VERIFIED, BACKUP_ELIGIBLE, ATTESTED = 0x01, 0x04, 0x08, 0x40
"""Flags (section 6.1)."""
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Fault:
    """What an answer has that differs from a good one; None: nothing."""

    origin: str | None = None
    rp_id: str | None = None
    kind: str | None = None
    challenge: bytes | None = None
    flags: int | None = None
    count: int | None = None
    key: PrivateKey | None = None
    algorithm: int | None = None
    cross_origin: bool = False


GOOD = Fault()


@dataclass
class Credential:
    """A passkey on the device."""

    key: PrivateKey
    user_handle: bytes
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    @property
    def algorithm(self) -> int:
        return ES256 if isinstance(self.key, ec.EllipticCurvePrivateKey) else RS256

    def cose(self, algorithm: int | None = None) -> bytes:
        """Return the public key (RFC 9052 section 7)."""
        numbers = self.key.public_key().public_numbers()
        if isinstance(numbers, ec.EllipticCurvePublicNumbers):
            x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
            return cbor2.dumps({1: 2, 3: algorithm or ES256, -1: 1, -2: x, -3: y})
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        return cbor2.dumps({1: 3, 3: algorithm or RS256, -1: modulus, -2: numbers.e.to_bytes(3, "big")})

    def sign(self, octets: bytes, key: PrivateKey | None = None) -> bytes:
        """Return a signature by this key, or by another one."""
        key = key or self.key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(octets, ec.ECDSA(hashes.SHA256()))
        return key.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def new_key(algorithm: int = ES256) -> PrivateKey:
    """Return a key pair."""
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


@dataclass
class SoftwareAuthenticator:
    """A device at `origin` with its passkeys; `counts` says whether it counts signatures, which synced passkeys do not."""

    origin: str
    algorithm: int = ES256
    counts: bool = True
    credentials: list[Credential] = field(default_factory=list)

    def create(self, options: str, fault: Fault = GOOD, *, again: Credential | None = None) -> str:
        """Make a passkey as `options` ask for it, or show the same one `again`."""
        asked = json.loads(options)
        made = again or Credential(new_key(self.algorithm), _octets(asked["user"]["id"]))
        if again is None:
            self.credentials.append(made)
        flags = PRESENT | VERIFIED | ATTESTED if fault.flags is None else fault.flags
        shown = bytes(16) + len(made.id).to_bytes(2, "big") + made.id + made.cose(fault.algorithm)
        data = self._data(asked["rp"]["id"], flags, made.count, fault) + (shown if flags & ATTESTED else b"")
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], fault)
        return _credential(made, {"clientDataJSON": client, "attestationObject": statement})

    def get(self, options: str, fault: Fault = GOOD, *, credential: Credential | None = None) -> str:
        """Sign what `options` ask with the newest passkey, or another one."""
        asked, used = json.loads(options), credential or self.credentials[-1]
        used.count += self.counts
        flags = PRESENT | VERIFIED if fault.flags is None else fault.flags
        data = self._data(asked["rpId"], flags, used.count, fault)
        client = self._client("webauthn.get", asked["challenge"], fault)
        signature = used.sign(data + hashlib.sha256(client).digest(), fault.key)
        answer = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return _credential(used, {**answer, "userHandle": used.user_handle})

    def _data(self, rp_id: str, flags: int, count: int, fault: Fault) -> bytes:
        named = hashlib.sha256((fault.rp_id or rp_id).encode()).digest()
        counted = count if fault.count is None else fault.count
        return named + bytes([flags]) + counted.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, fault: Fault) -> bytes:
        signed = challenge if fault.challenge is None else _text(fault.challenge)
        origin = self.origin if fault.origin is None else fault.origin
        facts = {"type": fault.kind or kind, "challenge": signed, "origin": origin, "crossOrigin": fault.cross_origin}
        return json.dumps(facts).encode()


def _credential(made: Credential, answer: dict[str, bytes]) -> str:
    shown: dict[str, Any] = {"id": _text(made.id), "rawId": _text(made.id), "type": "public-key"}
    response = {name: _text(octets) for name, octets in answer.items()}
    return json.dumps({**shown, "response": response, "clientExtensionResults": {}})


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
