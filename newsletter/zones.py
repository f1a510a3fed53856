"""Days, and hours of every day, as people in a time zone count them. Zones go by their names in the time zone database of the machine (IANA tzdata)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from newsletter.errors import InputError

MOST_LATE = 6 * 60
"""Minutes after which the hour of a day that has ended is not kept any more."""
EARLIEST, FARTHEST = date(1990, 1, 1), date(2199, 12, 31)
"""The first and the last day that the calendar shows, and an issue can be moved to; none behind it is left out."""
_DAY = 24 * 60
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """Return the zone with this name, such as Europe/Vienna. Raises InputError when the machine does not know it."""
    if name == "UTC":
        return UTC  # also where a machine has no time zone database
    # a name is a path below the database's folder: looked up in the list, it can be no other file
    if name not in available_timezones():
        raise InputError(
            f"{name[:80]!r} is no time zone known to this machine",
            where="time zone",
            remedy="write it like Europe/Vienna or UTC; the names come from the system's package tzdata",
        )
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names that people choose among: those of places, and UTC."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    )
    return (*sorted(places), "UTC")


def day_of(moment: datetime, name: str) -> date:
    """Return the day that an aware moment belongs to in a zone. Raises InputError for an unknown zone."""
    return moment.astimezone(zone(name)).date()


def span_of(day: date, name: str) -> tuple[datetime, datetime]:
    """Return when a day begins and when the next one does, in UTC: 23 to 25 hours where clocks change.

    Raises InputError for an unknown zone, and for the last days of the calendar. A midnight that clocks jump over is the
    moment of the jump (PEP 495, fold 0).
    """
    try:
        first, second = (datetime.combine(each, time(), zone(name)) for each in (day, day + timedelta(days=1)))
        return first.astimezone(UTC), second.astimezone(UTC)
    except OverflowError:
        raise InputError(f"{day} lies at the end of the calendar", where="date", remedy="choose another") from None


def read_hour(text: str) -> str:
    """Return an hour of every day as it is kept, such as 05:30; empty is none. Raises InputError."""
    hour = text.strip()
    hour = f"0{hour}" if re.match(r"\d:", hour, re.ASCII) else hour
    if hour and not _HOUR.fullmatch(hour):
        raise InputError(f"{text[:20]!r} is no hour of a day", where="hour", remedy="write it like 05:30")
    return hour


def due_day(hour: str, name: str, kept: date | None, now: datetime) -> date | None:
    """Return the day on which an hour (HH:MM) of every day in a zone is due and not kept, `kept` being the last that was; or None.

    It is asked what the clock on the wall shows: an hour that is skipped has come as soon as the hands stand behind it, and one that
    comes twice is the same hour of the same day. An hour near the end of a day stays due for a while on the next one. Raises
    InputError for an unknown zone.
    """
    if not hour:
        return None
    local = now.astimezone(zone(name))
    today, shown = local.date(), _minutes(f"{local:%H:%M}")
    if shown >= _minutes(hour):
        return today if kept is None or kept < today else None
    yesterday = today - timedelta(days=1)
    is_late = _DAY - _minutes(hour) + shown <= MOST_LATE
    return yesterday if kept is not None and kept < yesterday and is_late else None


def day_kept_before(hour: str, name: str, now: datetime) -> date | None:
    """Return the day that counts as kept when an hour is chosen now: today where it has passed, so that it comes tomorrow first.

    Raises InputError for an unknown zone.
    """
    if not hour:
        return None
    local = now.astimezone(zone(name))
    has_passed = _minutes(f"{local:%H:%M}") >= _minutes(hour)
    return local.date() if has_passed else local.date() - timedelta(days=1)


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])
