"""Moments as an operator writes them: ISO 8601."""

from __future__ import annotations

from datetime import datetime

from newsletter.clock import in_utc
from newsletter.errors import InputError


def read(text: str, *, where: str) -> datetime:
    """Return the moment in `text`, which names its time zone, in UTC. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is not a moment", where=where, remedy="write it like 2026-05-09T08:00+02:00 or 2026-05-09T06:00Z"
        ) from None
    if moment.tzinfo is None:
        raise InputError(
            f"{text!r} names no time zone", where=where, remedy=f"add one: {text}+02:00, or {text}Z for UTC"
        )
    return in_utc(moment, where=where)
