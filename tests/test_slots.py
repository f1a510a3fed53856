"""The slot of a publication: one moment a day, in every zone and on each day of a year; and how it is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.slots import moment_of, read_warnings, read_weekdays, slot_of, told_weekdays
from newsletter.zones import zone

ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)
HOURS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), HOURS, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_day_has_one_moment_and_no_clock_showed_the_hour_before_it(name: str, hour: str, day: date) -> None:
    moment = moment_of(day, hour, name)
    assert moment is not None, "no zone leaves a day out in 2026"
    place = zone(name)
    shown, just_before = (each.astimezone(place) for each in (moment, moment - timedelta(seconds=1)))
    assert shown.date() == day
    assert f"{shown:%H:%M}" >= hour
    assert just_before.date() < day or f"{just_before:%H:%M}" < hour
    if shown.utcoffset() == just_before.utcoffset():
        assert f"{shown:%H:%M:%S}" == f"{hour}:00"


@pytest.mark.parametrize(
    "name", ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]
)
@pytest.mark.parametrize("hour", ["00:00", "00:30", "02:00", "02:30", "07:00", "23:59"])
def test_a_year_has_one_slot_for_each_day_and_never_two_near_each_other(name: str, hour: str) -> None:
    slot = slot_of(hour, "1234567", "30,10", name)
    now, found = datetime(2025, 12, 31, 23, 59, tzinfo=UTC), []
    for _ in range(365):
        following = slot.next(now)
        assert following is not None
        found.append(following)
        now = following[1]
    days = [day for day, _ in found]
    assert days == [days[0] + timedelta(days=number) for number in range(365)]
    assert all(timedelta(hours=22) <= b - a <= timedelta(hours=26) for (_, a), (_, b) in pairwise(found))


def test_an_hour_that_is_jumped_over_is_the_moment_of_the_jump_and_one_that_comes_twice_the_first() -> None:
    assert moment_of(date(2026, 3, 29), "02:30", "Europe/Vienna") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert moment_of(date(2026, 10, 25), "02:30", "Europe/Vienna") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_a_zone_leaves_out_has_no_slot() -> None:
    assert moment_of(date(2011, 12, 30), "07:00", "Pacific/Apia") is None
    following = slot_of("07:00", "1234567", "", "Pacific/Apia").next(datetime(2011, 12, 30, 8, tzinfo=UTC))
    assert following is not None and following[0] == date(2011, 12, 31)


def test_the_next_slot_leaves_out_other_weekdays_and_skip_days() -> None:
    slot, friday = slot_of("07:00", "12345", "30", "Europe/Vienna"), datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
    assert slot.next(friday) == (date(2026, 12, 7), datetime(2026, 12, 7, 6, 0, tzinfo=UTC))
    assert slot.next(friday, {date(2026, 12, 7)}) == (date(2026, 12, 8), datetime(2026, 12, 8, 6, 0, tzinfo=UTC))
    assert slot.next(friday - timedelta(seconds=1)) == (date(2026, 12, 4), friday)


def test_without_an_hour_there_is_no_slot_and_without_weekdays_every_day_is_offered_and_none_sends() -> None:
    now = datetime(2026, 12, 5, 6, 0, tzinfo=UTC)
    assert slot_of("", "12345", "", "UTC").next(now) is None
    usual = slot_of("07:00", "", "", "UTC")
    assert usual.next(now) == (date(2026, 12, 5), datetime(2026, 12, 5, 7, 0, tzinfo=UTC))
    assert not usual.sends_on(date(2026, 12, 5))


@pytest.mark.parametrize(
    ("written", "kept", "told"),
    [
        ("Mon-Fri", "12345", "Mon-Fri"),
        ("monday, Wed", "13", "Mon, Wed"),
        ("6,7", "67", "Sat, Sun"),
        ("Sat-Mon", "167", "Mon, Sat, Sun"),
        ("", "", ""),
    ],
)
def test_weekdays_are_read_as_people_write_them(written: str, kept: str, told: str) -> None:
    assert read_weekdays(written) == kept
    assert told_weekdays(kept) == told


@pytest.mark.parametrize("written", ["Mo", "Mox", "8", "Mon-", "-Fri", "funday", "Mon-Fri-Sun", "¹"])
def test_what_is_no_weekday_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        read_weekdays(written)


def test_warnings_are_kept_most_first_and_bounded() -> None:
    assert read_warnings("10, 30 10") == "30,10"
    assert read_warnings("") == ""
    for wrong in ("0", "1441", "5,4,3,2,1", "ten", "-3", "²"):
        with pytest.raises(InputError):
            read_warnings(wrong)
