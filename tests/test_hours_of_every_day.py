"""The hour of a publication: once a day, also on days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from newsletter.errors import InputError
from newsletter.model import Publication
from newsletter.zones import day_kept_before, read_hour
from newsletter.zones import due_day as due_day_of


def due_day(home: Publication, now: datetime) -> date | None:
    return due_day_of(home.gather_at, home.time_zone, home.gathered_day, now)


def publication(gather_at: str, zone: str = "Europe/Vienna") -> Publication:
    return Publication(gather_at=gather_at, time_zone=zone, gathered_day=None)


def moments_due(home: Publication, start: datetime, hours: int, minutes: int = 10) -> list[datetime]:
    """Return when it was found due, looking every few minutes and noting the day as a worker does."""
    found = []
    for step in range(hours * 60 // minutes):
        now = start + timedelta(minutes=minutes * step)
        day = due_day(home, now)
        if day is not None:
            home.gathered_day = day
            found.append(now)
    return found


def test_it_comes_once_a_day_at_its_hour() -> None:
    due = moments_due(publication("05:30"), datetime(2026, 5, 8, 12, 0, tzinfo=UTC), 72)
    assert due == [datetime(2026, 5, 8, 12, 0, tzinfo=UTC)] + [
        datetime(2026, 5, day, 3, 30, tzinfo=UTC) for day in (9, 10, 11)
    ]


def test_an_hour_that_is_skipped_comes_when_the_clocks_have_jumped() -> None:
    home = publication("02:30")
    home.gathered_day = date(2026, 3, 28)
    due = moments_due(home, datetime(2026, 3, 28, 12, 0, tzinfo=UTC), 48)
    assert due == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)]


def test_an_hour_that_comes_twice_is_kept_once() -> None:
    home = publication("02:30")
    home.gathered_day = date(2026, 10, 24)
    due = moments_due(home, datetime(2026, 10, 24, 12, 0, tzinfo=UTC), 48)
    assert due == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Cairo", "UTC"])
@pytest.mark.parametrize("hour", ["00:00", "00:30", "02:15", "23:50"])
def test_no_day_has_two_in_any_zone_and_hour_of_a_year_on_which_clocks_change(zone: str, hour: str) -> None:
    home = publication(hour, zone)
    home.gathered_day = date(2017, 12, 30)
    days = []
    start = datetime(2018, 1, 1, tzinfo=UTC)
    for step in range(366 * 24 * 2):
        day = due_day(home, start + timedelta(minutes=30 * step))
        if day is not None:
            home.gathered_day = day
            days.append(day)
    assert days == sorted(set(days))
    assert len(days) >= 365


def test_whoever_was_away_for_days_gathers_once() -> None:
    home = publication("05:30")
    home.gathered_day = date(2026, 5, 1)
    assert moments_due(home, datetime(2026, 5, 8, 3, 30, tzinfo=UTC), 10) == [datetime(2026, 5, 8, 3, 30, tzinfo=UTC)]


def test_the_hour_of_a_day_that_has_ended_is_kept_late_but_not_half_a_day_late() -> None:
    home = publication("23:50", "UTC")
    home.gathered_day = date(2026, 5, 6)
    assert due_day(home, datetime(2026, 5, 8, 5, 0, tzinfo=UTC)) == date(2026, 5, 7)
    assert due_day(home, datetime(2026, 5, 8, 7, 0, tzinfo=UTC)) is None
    home.gathered_day = date(2026, 5, 7)
    assert due_day(home, datetime(2026, 5, 8, 0, 10, tzinfo=UTC)) is None


def test_without_an_hour_nothing_is_due_and_one_that_has_passed_is_kept_from_tomorrow_on() -> None:
    now = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
    assert due_day(publication(""), now) is None
    assert day_kept_before("05:30", "UTC", now) == date(2026, 5, 8)
    assert day_kept_before("13:00", "UTC", now) == date(2026, 5, 7)
    assert day_kept_before("", "UTC", now) is None


@pytest.mark.parametrize(("text", "hour"), [("05:30", "05:30"), ("5:30", "05:30"), (" 23:59 ", "23:59"), ("", "")])
def test_hours_are_read(text: str, hour: str) -> None:
    assert read_hour(text) == hour


@pytest.mark.parametrize("text", ["24:00", "5", "05:60", "05.30", "noon", "\u0660\u0665:30", "05:30:00", "-1:30"])
def test_what_is_no_hour_is_told(text: str) -> None:
    with pytest.raises(InputError, match="05:30"):
        read_hour(text)
