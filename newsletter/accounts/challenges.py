"""Steps that a browser begins and may end once: the second factor after a password or a link, what a passkey signs, and single sign-on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.accounts.secrets import hash_of, hash_of_new, new_secret
from newsletter.errors import InputError
from newsletter.model import Challenge
from newsletter.store.accounts import challenges as store

SECONDS = 600
"""How long a step stays open."""
MOST_TRIES = 5
"""Codes that may be tried in one step; the limits of signing in count each of them, too."""
SECOND_FACTOR, PASSKEY_SIGN_IN, PASSKEY_PROOF, PASSKEY_NEW, SINGLE_SIGN_ON = (
    "second factor",
    "passkey sign-in",
    "passkey proof",
    "passkey",
    "single sign-on",
)


def begin(
    session: Session, purpose: str, now: datetime, *, editor_id: int | None, octets: bytes = b"", proves: bool = False
) -> str:
    """Begin a step and return its secret, for a cookie of this browser."""
    secret = new_secret()
    store.add(
        session,
        Challenge(
            purpose=purpose,
            secret_hash=hash_of_new(secret),
            editor_id=editor_id,
            octets=octets,
            proves=proves,
            tries=0,
            created_at=now,
            expires_at=now + timedelta(seconds=SECONDS),
        ),
    )
    return secret


def find(session: Session, secret: str, purpose: str, now: datetime) -> Challenge | None:
    """Return a step that is open; None for any other secret."""
    secret_hash = hash_of(secret)
    return store.find(session, secret_hash, purpose, now) if secret_hash else None


def take(session: Session, secret: str, purpose: str, now: datetime) -> Challenge:
    """End a step and return it. Raises InputError when it has ended."""
    secret_hash = hash_of(secret)
    found = store.take(session, secret_hash, purpose, now) if secret_hash else None
    if found is None:
        raise begin_again()
    return found


def begin_again() -> InputError:
    """Return what is said of a step that has ended."""
    return InputError("this took too long, or was done already", remedy="begin again")
