"""How long a server asks to be left alone, in each of its spellings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.fetch.retry_after import MOST, seconds_of

NOW = datetime(2026, 5, 9, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("86400", MOST),
        ("99999999999999999999", MOST),
        ("Sat, 09 May 2026 06:02:00 GMT", 120.0),
        ("Saturday, 09-May-26 06:02:00 GMT", 120.0),
        ("Sat May  9 06:02:00 2026", 120.0),
        ("Sat, 09 May 2026 08:02:00 +0200", 120.0),
        ("Sat, 09 May 2026 05:00:00 GMT", 0.0),
        ("Sun, 01 Jan 2041 00:00:00 GMT", MOST),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("١٢", None),
        ("9" * 100, None),
        ("Sat, 99 May 2026 06:02:00 GMT", None),
        ("Sat, 09 May 99999999999 06:02:00 GMT", None),
        ("Sat, 01 Jan 0001 00:00:00 +2300", 0.0),
    ],
)
def test_seconds_and_dates_are_read(said: str, seconds: float | None) -> None:
    assert seconds_of(said, NOW) == seconds


@given(st.text(max_size=80))
def test_whatever_is_said_gives_seconds_of_a_day_or_none(said: str) -> None:
    found = seconds_of(said, NOW)
    assert found is None or 0 <= found <= MOST


@given(st.integers(-(10**6), 10**6))
def test_a_date_is_as_far_away_as_it_is(seconds: int) -> None:
    said = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert seconds_of(said, NOW) == min(max(seconds, 0), MOST)
