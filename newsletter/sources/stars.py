"""How many stars a repository got: the difference of two snapshots over the time that really lies between them."""

from __future__ import annotations

from datetime import datetime

_ABOUT_A_DAY = (16.0, 32.0)
"""Hours that pass as a day: gatherings at one hour of the day, an hour of daylight saving and a late run."""


def stars_today(
    now_stars: int | None, now: datetime, earlier_stars: int | None, earlier_at: datetime | None
) -> int | None:
    """Return how many stars came since the snapshot of another day, fewer than none where some went.

    None where that is not known: at first sight, without a count, or from a snapshot that is not earlier. It is never 0 for what is
    unknown, and nothing is scaled: `interval_words` says of how long a time it is.
    """
    if now_stars is None or earlier_stars is None or earlier_at is None or earlier_at >= now:
        return None
    return now_stars - earlier_stars


def interval_words(now: datetime, earlier_at: datetime) -> str:
    """Return the time between two snapshots in words, such as `3 days`; nothing where it is about a day."""
    hours = (now - earlier_at).total_seconds() / 3600
    if _ABOUT_A_DAY[0] <= hours <= _ABOUT_A_DAY[1]:
        return ""
    if hours < 48:
        whole = max(1, round(hours))
        return f"{whole} {'hour' if whole == 1 else 'hours'}"
    return f"{round(hours / 24)} days"
