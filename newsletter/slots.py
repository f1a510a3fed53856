"""The slot of a publication: its usual hour, the weekdays on which the approved issue goes by itself, and which moment that is.

An hour that clocks jump over is the moment of the jump: the first at which the hands stand behind it. One that comes twice is the
first of the two (PEP 495, fold 0). A day that a zone leaves out (Pacific/Apia, 30 December 2011) has no slot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from newsletter.errors import InputError
from newsletter.zones import zone

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_WARNINGS, LONGEST_WARNING = 4, 24 * 60
_SHORT = {name[:3].lower(): number for number, name in enumerate(WEEKDAYS, 1)}
_LOOK_AHEAD = 400
"""Days after which a next slot is looked for no more: all of a year may be left out."""


@dataclass(frozen=True, slots=True)
class SendingSlot:
    """When a publication sends: `hour` HH:MM of its zone, empty for none; ISO weekdays; minutes of warnings, most first."""

    hour: str
    weekdays: tuple[int, ...]
    warnings: tuple[int, ...]
    time_zone: str

    def moment_on(self, day: date) -> datetime | None:
        """Return the moment of a day's slot in UTC; None where the zone leaves the day out. Raises InputError for an unknown zone."""
        return moment_of(day, self.hour, self.time_zone)

    def sends_on(self, day: date) -> bool:
        """Tell whether the approved issue goes by itself on such a day."""
        return bool(self.hour) and day.isoweekday() in self.weekdays

    def coming(self, now: datetime, left_out: Collection[date] = ()) -> Iterator[tuple[date, datetime]]:
        """Yield the days and moments to come, soonest first, for about a year; without weekdays, every day is offered."""
        if not self.hour:
            return
        today = now.astimezone(zone(self.time_zone)).date()
        for ahead in range(-1, _LOOK_AHEAD):
            day = today + timedelta(days=ahead)
            if day in left_out or (self.weekdays and not self.sends_on(day)):
                continue
            moment = self.moment_on(day)
            if moment is not None and moment > now:
                yield day, moment

    def next(self, now: datetime, left_out: Collection[date] = ()) -> tuple[date, datetime] | None:
        """Return the next day and moment, or None."""
        return next(self.coming(now, left_out), None)


def moment_of(day: date, hour: str, zone_name: str) -> datetime | None:
    """Return when a clock in a zone shows `hour` (HH:MM) on `day` for the first time, in UTC; None where there is no such day.

    Raises InputError for an unknown zone, and at the end of the calendar.
    """
    place, wanted = zone(zone_name), datetime.combine(day, time.fromisoformat(hour))
    try:
        early, late = sorted(wanted.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
        if early.astimezone(place).replace(tzinfo=None, fold=0) == wanted:
            return early
        first, last = (
            early,
            late,
        )  # a gap: read by the clock of after it, early lies before the jump; and the other way round
        while last - first > timedelta(seconds=1):
            middle = first + (last - first) // 2
            is_behind = middle.astimezone(place).replace(tzinfo=None) >= wanted
            first, last = (first, middle) if is_behind else (middle, last)
        moment = last.replace(microsecond=0)
        return moment if moment.astimezone(place).date() == day else None
    except OverflowError:
        raise InputError(f"{day} lies at the end of the calendar", where="date", remedy="choose another") from None


def read_weekdays(text: str) -> str:
    """Return weekdays as they are kept ("12345") from "Mon-Fri", "mon, wed" or "1,3"; empty is none. Raises InputError."""
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().lower()):
        if not part:
            continue
        first, dash, last = part.partition("-")
        ends = [_weekday(first), _weekday(last if dash else first)]
        found.update(
            range(ends[0], ends[1] + 1) if ends[0] <= ends[1] else [*range(ends[0], 8), *range(1, ends[1] + 1)]
        )
    return "".join(str(each) for each in sorted(found))


def _weekday(word: str) -> int:
    number = int(word) if word in {"1", "2", "3", "4", "5", "6", "7"} else _SHORT.get(word[:3], 0)
    if not number or not (word.isdigit() or WEEKDAYS[number - 1].lower().startswith(word)):
        raise InputError(
            f"{word[:20]!r} is no weekday", where="weekdays", remedy="write them like Mon-Fri or Mon,Wed,Sat"
        )
    return number


def told_weekdays(kept: str) -> str:
    """Return weekdays as people write them: "Mon-Fri", "Mon, Wed"."""
    days = [int(each) for each in kept]
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0] - 1][:3]}-{WEEKDAYS[days[-1] - 1][:3]}"
    return ", ".join(WEEKDAYS[day - 1][:3] for day in days)


def read_warnings(text: str) -> str:
    """Return minutes of warnings as they are kept ("30,10"), most first. Raises InputError."""
    words = [word for word in re.split(r"[,\s]+", text.strip()) if word]
    if not all(word.isascii() and word.isdigit() and len(word) <= 4 for word in words):
        raise InputError(f"{text[:20]!r} are no minutes", where="warnings", remedy="write them like 30,10")
    minutes = sorted({int(word) for word in words}, reverse=True)
    if len(minutes) > MOST_WARNINGS or any(not 1 <= each <= LONGEST_WARNING for each in minutes):
        remedy = f"name up to {MOST_WARNINGS}, each from 1 to {LONGEST_WARNING}"
        raise InputError("these warnings will not do", where="warnings", remedy=remedy)
    return ",".join(str(each) for each in minutes)


def slot_of(hour: str, weekdays: str, warnings: str, time_zone: str) -> SendingSlot:
    """Return a slot from how it is kept."""
    days = tuple(int(each) for each in weekdays)
    return SendingSlot(hour, days, tuple(int(each) for each in warnings.split(",") if each), time_zone)
