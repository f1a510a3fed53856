"""The issues of a month or a week, day by day: drafts and what was sent by their date, what is scheduled by the day it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from newsletter.errors import InputError
from newsletter.model import Issue, Publication
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import shelves, slots
from newsletter.zones import EARLIEST, FARTHEST, day_of, span_of, zone

FIRST_DAY, LAST_DAY = EARLIEST, FARTHEST
"""The days that a calendar can show."""


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One day: its issues, and whether it is today, past, or beside the month that is shown."""

    day: date
    issues: tuple[Issue, ...]
    is_today: bool
    is_past: bool
    is_beside: bool
    why_skipped: str = ""
    """Why nothing is sent on it; empty on every other day."""


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Whole weeks from Monday to Sunday, and the first days of the spans before and after."""

    weeks: tuple[tuple[PlannedDay, ...], ...]
    first: date
    before: date
    after: date
    today: date


def month(database: Database, home: Publication, first: date, now: datetime) -> CalendarPage:
    """Return the weeks that hold the month of a day. Raises InputError for one that no calendar shows."""
    begin = _see(first).replace(day=1)
    after = (begin + timedelta(days=31)).replace(day=1)
    days = weeks_of(begin - timedelta(days=begin.weekday()), after)
    weeks, today = _filled(database, home, days, now, month=begin.month)
    return CalendarPage(weeks, begin, (begin - timedelta(days=1)).replace(day=1), after, today)


def week(database: Database, home: Publication, day: date, now: datetime) -> CalendarPage:
    """Return the week of a day. Raises InputError for one that no calendar shows."""
    begin = _see(day) - timedelta(days=day.weekday())
    after = begin + timedelta(days=7)
    weeks, today = _filled(database, home, weeks_of(begin, after), now, month=0)
    return CalendarPage(weeks, begin, begin - timedelta(days=7), after, today)


def read_day(text: str, *, otherwise: date) -> date:
    """Return a day such as 2026-05-09 or a month such as 2026-05; `otherwise` for nothing. Raises InputError for anything else."""
    if not text:
        return otherwise
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        raise InputError(f"{text[:20]!r} is no day", where="day", remedy="write it like 2026-05-09") from None


def _see(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        remedy = f"choose one between {FIRST_DAY.year} and {LAST_DAY.year}"
        raise InputError(f"the calendar does not show {day}", where="day", remedy=remedy)
    return day


def weeks_of(begin: date, after: date) -> list[date]:
    """Return the days from a Monday until `after`, that is not shown, filled up to whole weeks."""
    days = (after - begin).days
    return [begin + timedelta(days=n) for n in range(days + -days % 7)]


def _filled(
    database: Database, home: Publication, days: Sequence[date], now: datetime, *, month: int
) -> tuple[tuple[tuple[PlannedDay, ...], ...], date]:
    """The days with their issues, week by week; and which day is today."""
    today, by_day = day_of(now, home.time_zone), _by_day(database, home, days)
    with database.read() as session:
        skipped = slots.skip_days(session, home.id, days[0], limit=len(days))
    made = [
        PlannedDay(
            day,
            tuple(by_day.get(day, ())),
            is_today=day == today,
            is_past=day < today,
            is_beside=bool(month) and day.month != month,
            why_skipped=skipped.get(day, ""),
        )
        for day in days
    ]
    return tuple(tuple(made[n : n + 7]) for n in range(0, len(made), 7)), today


def _by_day(database: Database, home: Publication, days: Sequence[date]) -> dict[date, list[Issue]]:
    first, last = span_of(days[0], home.time_zone)[0], span_of(days[-1], home.time_zone)[1]
    with database.read() as session:
        dated = shelves.of_days(session, home.id, days[0], days[-1])
        going = shelves.going_out(session, home.id, first, last)
    found: dict[date, list[Issue]] = {}
    for issue in {each.id: each for each in [*dated, *going]}.values():
        found.setdefault(day_shown(issue, home), []).append(issue)
    return found


def day_shown(issue: Issue, home: Publication) -> date:
    """Return the day on which a calendar shows an issue."""
    if issue.state is IssueState.SCHEDULED and issue.scheduled_at is not None:
        return issue.scheduled_at.astimezone(zone(home.time_zone)).date()
    return issue.dated
