"""How long a provider asks us to wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from newsletter.clock import SettableClock
from newsletter.transports.providers.limits import LONGEST, CallPace, retry_after, spent

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": format_datetime(LATER, usegmt=True)}, 30),
        ({"retry-after": "soon"}, 1),
        ({"retry-after": "-5"}, 1),
        ({"retry-after": "nan"}, 1),
        ({"retry-after": "99999999"}, LONGEST),
        ({"x-ratelimit-reset": str(int(LATER.timestamp()))}, 30),
        ({"x-ratelimit-reset": str(int(LATER.timestamp() * 1000))}, 30),
        ({"ratelimit-reset": "30"}, 30),
        ({"x-sib-ratelimit-reset": "30"}, 30),
        ({}, 1),
    ],
)
def test_the_wait_is_read_in_every_form(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({}, '{"message": "account-requests-per-sec limit exceeded, try again after 120 seconds"}', 120),
        ({}, "Too many. Try again in 7 seconds", 7),
        ({"retry-after": "3"}, "try again after 120 seconds", 3),
        ({}, "try again after 9999999999 seconds", 1),
        ({}, "try again later", 1),
    ],
)
def test_words_are_believed_when_no_header_tells(headers: dict[str, str], text: str, seconds: float) -> None:
    assert retry_after(headers, NOW, text) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "3"}, 3),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(LATER.timestamp()))}, 30),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "3"}, 0),
        ({"ratelimit-remaining": "many"}, 0),
        ({"x-sib-ratelimit-remaining": "0"}, 1),
        ({}, 0),
    ],
)
def test_the_last_free_call_is_noticed(headers: dict[str, str], seconds: float) -> None:
    assert spent(headers, NOW) == seconds


def test_a_pace_keeps_the_longest_wait_and_passes_each_hint_on() -> None:
    clock, hints = SettableClock(), []
    pace = CallPace(clock, hints.append)
    pace.hold(5)
    pace.hold(2)
    pace.hold(0)
    assert hints == [5, 2]
    clock.advance(2)
    assert pace.wait() == 3
    clock.advance(10)
    assert pace.wait() == 0
