"""What counts once: remembered for all processes, until it would be refused as too old anyway."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.model import UsedToken
from newsletter.store.inserting import insert_new


def use(session: Session, scope: str, token: str | bytes, came_with: bytes, expires_at: datetime) -> bool:
    """Use a token of this scope; False when something else came with it before. The same thing may come again."""
    octets = token.encode("utf-8", "replace") if isinstance(token, str) else token
    digest = hashlib.sha256(scope.encode() + b"\0" + octets).digest()
    row = {"digest": digest, "came_with": hashlib.sha256(came_with).digest(), "expires_at": expires_at}
    if insert_new(session, UsedToken, [row], unique=["digest"], returning=[UsedToken.digest]):
        return True
    return session.scalar(select(UsedToken.came_with).where(UsedToken.digest == digest)) == row["came_with"]


def forget(session: Session, now: datetime) -> int:
    """Forget what has expired; return how many."""
    return len(session.execute(delete(UsedToken).where(UsedToken.expires_at < now).returning(UsedToken.digest)).all())
