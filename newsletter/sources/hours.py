"""When a publication gathers: at an hour of its time zone, once a day, also on days on which clocks change."""

from __future__ import annotations

import re
from datetime import date, datetime

from newsletter.errors import InputError
from newsletter.model import Publication
from newsletter.zones import zone

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def read_hour(text: str) -> str:
    """Return an hour as it is kept, such as 05:30; empty is none. Raises InputError."""
    hour = text.strip()
    hour = f"0{hour}" if re.match(r"\d:", hour) else hour
    if hour and not _HOUR.fullmatch(hour):
        raise InputError(f"{text[:20]!r} is no hour of a day", where="gather at", remedy="write it like 05:30")
    return hour


def due_day(publication: Publication, now: datetime) -> date | None:
    """Return the day whose gathering is due, or None. Raises InputError for a zone that this machine does not know.

    It is asked what the clock on the wall shows: an hour that is skipped has come as soon as the hands stand behind it, and one that
    comes twice is the same hour of the same day.
    """
    if not publication.gather_at:
        return None
    local = now.astimezone(zone(publication.time_zone))
    done = publication.gathered_day
    has_come = f"{local:%H:%M}" >= publication.gather_at
    return local.date() if has_come and (done is None or done < local.date()) else None


def day_that_has_begun(gather_at: str, time_zone: str, now: datetime) -> date | None:
    """Return today where an hour that is chosen now has passed today: it is kept from tomorrow on."""
    local = now.astimezone(zone(time_zone))
    return local.date() if gather_at and f"{local:%H:%M}" >= gather_at else None
