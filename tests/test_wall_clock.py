"""Moments are read in a zone and told in several at once; where clocks change, it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.wall_clock import away, in_field, read_local, shown
from tests.test_slots import ZONES

NOW = datetime(2026, 11, 28, 15, 48, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def test_a_moment_is_told_for_the_publication_the_editor_the_readers_and_utc() -> None:
    told = shown(SUNDAY, NOW, "Europe/Vienna", yours="America/New_York", readers=["Asia/Tokyo"])
    assert told.told == "Sunday 29 November, 07:00 Vienna = 01:00 New York (you) = 15:00 Tokyo (readers) = 06:00 UTC"
    assert told.ahead == "in 14 h 12 min"
    assert told.changes == ()


def test_each_zone_is_told_once_and_another_day_is_named() -> None:
    assert shown(SUNDAY, NOW, "UTC", yours="UTC").told == "Sunday 29 November, 06:00 UTC (you)"
    assert "22:00 Los Angeles on Saturday (you)" in shown(SUNDAY, NOW, "UTC", yours="America/Los_Angeles").told


def test_clocks_that_change_between_now_and_then_are_told_of() -> None:
    told = shown(datetime(2026, 3, 30, 5, 0, tzinfo=UTC), datetime(2026, 3, 28, 5, 0, tzinfo=UTC), "Europe/Vienna")
    assert told.changes == ("Clocks in Vienna go 1 h forward between now and then.",)


def test_an_hour_that_does_not_exist_is_refused_and_one_that_comes_twice_is_the_first_and_told_of() -> None:
    with pytest.raises(InputError, match="there is no 02:30 on Sunday 29 March in Vienna") as refused:
        read_local("2026-03-29T02:30", "Europe/Vienna")
    assert "choose 03:30" in refused.value.remedy
    twice = read_local("2026-10-25T02:30", "Europe/Vienna")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    told = shown(twice, twice - timedelta(hours=1), "Europe/Vienna")
    assert told.changes == ("02:30 comes twice on that day in Vienna; the first is meant.",)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 3 * 365 * 24 * 4))
def test_a_moment_goes_into_the_field_and_comes_back_but_for_the_second_of_an_hour_that_comes_twice(
    name: str, quarters: int
) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    back = read_local(in_field(moment, name), name)
    assert back == moment or in_field(back, name) == in_field(moment, name)


@pytest.mark.parametrize("wrong", ["", "soon", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_moment_is_refused(wrong: str) -> None:
    with pytest.raises(InputError):
        read_local(wrong, "America/New_York" if wrong.startswith("9") else "Asia/Tokyo")


def test_how_far_it_is_is_told_in_two_units_at_most() -> None:
    spans = {0: "now", 20: "now", 60: "in 1 min", 3600: "in 1 h", 90_000: "in 1 d 1 h", -7200: "2 h ago"}
    assert {seconds: away(NOW + timedelta(seconds=seconds), NOW) for seconds in spans} == spans
