"""How long a server asks to be left alone (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST = 86_400.0
"""Seconds: who says more is asked again after a day all the same."""
_SECONDS = re.compile(r"\+?\d{1,20}(?:\.\d{0,9})?", re.ASCII)
_LONGEST_DATE = 64


def seconds_of(said: str, now: datetime) -> float | None:
    """Return the seconds from `now` (aware), nothing at least and a day at most; None when neither seconds nor a date is said."""
    text = said.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MOST)
    if len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), MOST)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
