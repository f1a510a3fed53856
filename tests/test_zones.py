"""A day is what people of a zone call one, also where clocks change in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from newsletter.errors import InputError
from newsletter.zones import day_of, span_of, zone

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "day"),
    [
        ("UTC", NOON, date(2026, 1, 1)),
        ("Asia/Tokyo", NOON + timedelta(hours=3), date(2026, 1, 2)),
        ("America/New_York", NOON - timedelta(hours=8), date(2025, 12, 31)),
        ("Pacific/Kiritimati", NOON, date(2026, 1, 2)),
        ("Asia/Kathmandu", datetime(2026, 1, 1, 18, 14, tzinfo=UTC), date(2026, 1, 1)),
        ("Asia/Kathmandu", datetime(2026, 1, 1, 18, 15, tzinfo=UTC), date(2026, 1, 2)),
    ],
)
def test_a_moment_belongs_to_the_day_of_the_zone(name: str, moment: datetime, day: date) -> None:
    assert day_of(moment, name) == day


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Vienna", date(2026, 3, 28), 24),
        ("Europe/Vienna", date(2026, 3, 29), 23),
        ("Europe/Vienna", date(2026, 10, 25), 25),
        ("America/Santiago", date(2025, 9, 7), 23),  # its clocks jump over midnight
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_days_follow_each_other_without_a_gap_though_clocks_change(name: str, day: date, hours: float) -> None:
    begins, ends = span_of(day, name)
    assert (ends - begins) == timedelta(hours=hours)
    assert span_of(day + timedelta(days=1), name)[0] == ends
    assert [day_of(begins, name), day_of(ends - timedelta(seconds=1), name)] == [day, day]
    assert day_of(ends, name) == day + timedelta(days=1)


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Wien", "../../etc/passwd", "/etc/localtime", "utc+1", "a\0b"])
def test_a_name_that_is_no_zone_is_told_and_opens_no_file(name: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        zone(name)


@pytest.mark.parametrize(("name", "day"), [("UTC", date.max), ("America/New_York", date.max), ("Asia/Tokyo", date.min)])
def test_a_day_at_the_end_of_the_calendar_is_refused(name: str, day: date) -> None:
    with pytest.raises(InputError, match="end of the calendar"):
        span_of(day, name)
