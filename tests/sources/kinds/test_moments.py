"""Moments as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.kinds.moments import credible, read
from tests.sources.kinds.asking import NOW

NOON = datetime(2026, 5, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-08T12:00:00Z",
        "2026-05-08T14:00+02:00",
        "2026-05-08T14:00:00+0200",
        "2026-05-08T14:00:00.123456789+02",
        "2026-05-08 12:00:00",
        "2026-05-08 12:00:00 UTC",
        "2026-05-08t12:00:00z",
        "20260508T120000Z",
        "2026-05-08T08:00:00\u221204:00",
        "Fri, 08 May 2026 12:00:00 GMT",
        "Fri, 08 May 2026 12:00 GMT",
        "2026-05-08T14:00:00+02:00[Europe/Berlin]",
        "2026-5-8 12:00",
        "8 de mayo de 2026 12:00",
        "8 de maio de 2026, 12:00",
        "2026\u5e745\u67088\u65e5 12:00",
        "2026\ub144 5\uc6d4 8\uc77c 12:00:00",
        "Пт, 08 мая 2026 15:00:00 +0300",
        "8 May 2026 8:00 a.m. ET",
        "Fri, 08 May 2026 05:00:00 PT",
        "Fri, 8 May 26 12:00:00 UT",
        "Mon, 08 May 2026 05:00:00 PDT",
        "Fri,08 May 2026 08:00:00 EDT",
        "8 May 2026 07:00:00 EST",
        "Fri, 08 May 2026 14:00:00 CEST",
        "Fri, 08 May 2026 13:00:00 BST",
        "Fri, 08 May 2026 21:00:00 JST",
        "Fri, 08 May 2026 17:30:00 IST",
        "Fri, 08 May 2026 14:00:00 GMT+0200",
        "Fri, 08 May 2026 05:00:00 -0700 (PDT)",
        "Fri, 08 May 2026 05:00:00 -0700 PDT",
        "Friday, May 8th, 2026 at 12:00 pm",
        "May 8, 2026, 12:00:00 PM UTC",
        "Fri May  8 12:00:00 2026",
        "Fri May 8 12:00:00 UTC 2026",
        "ven. 8 mai 2026 14:00:00 +0200",
        "8. Mai 2026 12:00",
        "1778241600",
        "1778241600000",
        "\n  2026-05-08T12:00:00Z ",
    ],
)
def test_a_moment_is_read_in_utc(written: str) -> None:
    moment = read(written)
    assert moment is not None and moment.replace(microsecond=0) == NOON


@pytest.mark.parametrize(
    "written",
    ["2026-05-08", "2026/05/08", "20260508", "8 May 2026", "08-May-2026", "May 8, 2026", "2026-W19-5", "2026-128"],
)
def test_a_day_alone_begins_at_midnight(written: str) -> None:
    assert read(written) == datetime(2026, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["25.12.2025", "25/12/2025", "12/25/2025", "25.12.2025 00:00", "12/25/2025, 12:00 AM"]
)
def test_a_date_of_figures_is_read_where_it_can_mean_one_day_only(written: str) -> None:
    assert read(written) == datetime(2025, 12, 25, tzinfo=UTC)
    assert read("05/05/2026") == datetime(2026, 5, 5, tzinfo=UTC)


def test_the_last_hour_of_a_day_and_a_leap_second_are_read() -> None:
    assert read("2026-05-07T24:00:00Z") == datetime(2026, 5, 8, tzinfo=UTC)
    assert read("2026-05-08T11:59:60Z") == NOON - timedelta(seconds=1)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "yesterday",
        "08/05/2026",
        "31 Feb 2026",
        "2026-13-01",
        "2026-05-08T25:00:00Z",
        "8 Foo 2026",
        "0000-00-00",
        "9" * 40,
        "2026-05-08T12:00:00+99:99",
        "x" * 500,
        "12:00",
    ],
)
def test_what_names_no_moment_or_two_is_not_read(written: str) -> None:
    assert read(written) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone is drawn beside
def test_any_moment_in_any_zone_is_read_back(moment: datetime, minutes: int) -> None:
    from datetime import timezone
    from email.utils import format_datetime

    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read(aware.isoformat()) == read(format_datetime(aware)) == aware.astimezone(UTC)


@given(st.text(max_size=40))
def test_no_text_ends_the_reader_of_moments(text: str) -> None:
    moment = read(text)
    assert moment is None or moment.tzinfo is not None


def test_a_moment_is_believed_up_to_an_hour_from_now_and_from_1990_on() -> None:
    assert credible(NOW + timedelta(hours=1), NOW)
    assert credible(datetime(1990, 1, 1, tzinfo=UTC), NOW)
    assert not credible(NOW + timedelta(hours=1, seconds=1), NOW)
    assert not credible(datetime(1989, 12, 31, tzinfo=UTC), NOW)
    assert not credible(None, NOW)


def test_the_time_of_a_place_is_that_of_the_season() -> None:
    assert read("8 Jan 2026 7:00 am ET") == datetime(2026, 1, 8, 12, tzinfo=UTC)
    assert read("8 Jul 2026 7:00 am ET") == datetime(2026, 7, 8, 11, tzinfo=UTC)
