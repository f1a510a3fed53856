"""When a board is not to be believed at once, and why: rows gone, a unit that changed, no change for long."""

from __future__ import annotations

from collections.abc import Mapping as Named
from datetime import date, timedelta
from statistics import median

from newsletter.sources.boards import EarlierBoard, Rows
from newsletter.sources.mapping import Mapping

STALE = timedelta(days=30)
UNREAD = timedelta(days=7)
"""A source may be away for so long before its board is no longer believed."""
_FEW = 4
"""A board of fewer rows may lose half of them."""
_JUMP = 30.0
"""A column whose figures grow or shrink so many times has another unit: percent and share differ by 100, a price a thousand by 1,000."""


def held_reason(rows: Rows, before: EarlierBoard | None, mapping: Mapping, *, day: date, since: date) -> str:
    """Return why an editor should look at a board before it is shown, in words; nothing where it may be believed.

    `before` is its last snapshot that was believed, `since` the day from which on it has been what it is.
    """
    reasons = []
    if before is not None:
        reasons += [_rows_gone(rows, before), *_jumps(dict(rows), dict(before.rows), mapping, before.day)]
    if day - since > STALE:
        reasons.append(_unchanged(since, day))
    return "; ".join(reason for reason in reasons if reason)


def unread_reason(read: date, since: date, day: date) -> str:
    """Return why a board is not shown that nobody could read for long, and that had stood still before; nothing where it may be shown.

    `read` is the day on which it was read last. One that is read, or uploaded, again is held by `held_reason`, and can be released.
    """
    if day - read <= UNREAD or day - since <= STALE:
        return ""
    return f"{_unchanged(since, day)}, and was last read on {_day(read)}: gather it, or upload it, anew"


def _unchanged(since: date, day: date) -> str:
    return f"it has not changed since {_day(since)}, for {(day - since).days} days"


def _rows_gone(rows: Rows, before: EarlierBoard) -> str:
    known, then = {key for key, _ in rows}, {key for key, _ in before.rows}
    gone = len(then - known)
    if len(then) < _FEW or 2 * gone < len(then):
        return ""
    return f"{gone} of the {len(then)} rows of {_day(before.day)} are gone"


def _jumps(
    now: Named[str, tuple[str | float | None, ...]],
    then: Named[str, tuple[str | float | None, ...]],
    mapping: Mapping,
    day: date,
) -> list[str]:
    """Return a word for each column whose figures are another size for most of the rows that stayed."""
    told = []
    for place, column in enumerate(mapping.columns):
        ratios = [
            abs(new / old)
            for key, values in now.items()
            if key in then
            and len(then[key]) == len(values)
            and isinstance(new := values[place], float)
            and isinstance(old := then[key][place], float)
            and new != 0 != old
        ]
        ratio = median(ratios) if ratios else 1.0
        if ratio >= _JUMP or ratio <= 1 / _JUMP:
            times = f"{ratio:,.0f} times" if ratio > 1 else f"1/{1 / ratio:,.0f} of"
            told.append(
                f"the figures of {column.title!r} are {times} what they were on {_day(day)}: has its unit changed?"
            )
    return told


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
