"""Days as people in a time zone count them. Zones go by their names in the time zone database of the machine (IANA tzdata)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from newsletter.errors import InputError


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
