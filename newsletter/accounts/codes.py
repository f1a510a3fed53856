"""One-time codes (RFC 6238: SHA-1, six digits, thirty seconds) and recovery codes: make them, and take each once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from newsletter.accounts.sealing import Sealer
from newsletter.store.accounts import second_factors

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How far a clock may be off, in steps (RFC 6238 section 5.2)."""
RECOVERY_CODES = 10
_RECOVERY_OCTETS = 10
_CODE = re.compile(r"\d{6}")


def new_secret() -> bytes:
    """Return 20 random octets (RFC 4226 section 4, R6)."""
    return secrets.token_bytes(20)


def spelled(secret: bytes) -> str:
    """Return a secret as authenticators take it: base32 (RFC 4648 section 6)."""
    return base64.b32encode(secret).decode("ascii")


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step of thirty seconds since 1970."""
    return pyotp.HOTP(spelled(secret)).at(step)


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """Return the step, of those around this moment, whose code this is; None when it is no such code."""
    present, found = int(now.timestamp()) // STEP_SECONDS, None
    given = code.encode("utf-8", "surrogatepass")  # what is typed may be anything, and text is compared as ASCII alone
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):  # all of them, however the first compares
        if hmac.compare_digest(code_at(secret, step).encode("ascii"), given):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return ten codes of 80 random bits each, in four groups of letters and digits."""
    return [
        _grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_OCTETS)).decode().lower())
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(code: str) -> bytes:
    """Return the hash that the ledger keeps of a recovery code, however it is grouped and in whichever letter case."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode("utf-8", "surrogatepass")).digest()


def accepts(session: Session, sealer: Sealer, editor_id: int, code: str, now: datetime) -> bool:
    """Take a one-time code or a recovery code of an editor; False when it is neither, or was taken before.

    Raises ConflictError when the authenticator's secret cannot be read.
    """
    plain = re.sub(r"\s", "", code)[:40]
    if not _CODE.fullmatch(plain) or not plain.isascii():
        return second_factors.use_recovery_code(session, editor_id, recovery_hash(plain))
    known = second_factors.authenticator(session, editor_id)
    if known is None or known.confirmed_at is None:
        return False
    step = step_of(sealer.open(known.sealed, owner=editor_id), plain, now)
    return step is not None and second_factors.take_step(session, editor_id, step)


def _grouped(code: str) -> str:
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))
