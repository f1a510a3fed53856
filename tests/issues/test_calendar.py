"""A calendar has whole weeks, every day once, and each issue on the day it is dated, or goes out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.errors import InputError
from newsletter.issues import calendar
from newsletter.issues.editing import Editing
from newsletter.model import Publication
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR

DAYS = st.dates(calendar.FIRST_DAY, calendar.LAST_DAY)


@pytest.fixture
def home(database: Database) -> Publication:
    return add_publication(database, time_zone="Pacific/Auckland")


@given(day=DAYS)
def test_the_days_of_a_month_are_whole_weeks_that_hold_it(day: date) -> None:
    begin = day.replace(day=1)
    after = (begin + timedelta(days=31)).replace(day=1)
    days = calendar.weeks_of(begin - timedelta(days=begin.weekday()), after)
    assert len(days) % 7 == 0 and days[0].weekday() == 0
    assert all((b - a).days == 1 for a, b in pairwise(days))
    assert days[0] <= begin < after <= days[-1] + timedelta(days=1)
    assert len(days) <= 42


def test_a_draft_stands_on_its_date_and_a_scheduled_issue_on_the_day_it_goes_out(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    for slug in ("drafted", "due"):
        Editing(database, clock).import_issue(issue_text(slug), source="x.md", by=OPERATOR)
    with database.write() as session:
        due = issues.get(session, "tide", "due")
        due.state, due.scheduled_at = IssueState.SCHEDULED, datetime(2026, 1, 14, 20, 0, tzinfo=UTC)  # the 15th there
    shown = calendar.month(database, home, date(2026, 1, 9), clock.now())
    found = {day.day: [each.slug for each in day.issues] for week in shown.weeks for day in week if day.issues}
    assert found == {date(2026, 1, 1): ["drafted"], date(2026, 1, 15): ["due"]}
    assert (shown.first, shown.before, shown.after) == (date(2026, 1, 1), date(2025, 12, 1), date(2026, 2, 1))


def test_a_week_begins_on_monday(database: Database, clock: SettableClock, home: Publication) -> None:
    shown = calendar.week(database, home, date(2026, 1, 15), clock.now())
    assert [day.day.day for day in shown.weeks[0]] == [12, 13, 14, 15, 16, 17, 18]
    assert not any(day.is_beside for day in shown.weeks[0])


def test_a_day_is_read_as_people_write_it() -> None:
    today = date(2026, 5, 9)
    assert calendar.read_day("", otherwise=today) == today
    assert calendar.read_day("2026-02", otherwise=today) == date(2026, 2, 1)
    for wrong in ("2026-13", "x", "2026-02-30", "١٢٣"):
        with pytest.raises(InputError):
            calendar.read_day(wrong, otherwise=today)


def test_years_that_no_calendar_shows_are_refused(database: Database, clock: SettableClock, home: Publication) -> None:
    for day in (date.min, date.max, date(1989, 12, 31)):
        for span in (calendar.month, calendar.week):
            with pytest.raises(InputError):
                span(database, home, day, clock.now())
