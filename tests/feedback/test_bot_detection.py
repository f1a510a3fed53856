"""Signs that a program opened or clicked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.feedback.bot_detection import WEIGHTS, score, signs_of
from newsletter.model.feedback import MACHINE

FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MAIL_ON_MAC = b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
GMAIL_PROXY = b"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize(
    ("method", "headers", "is_open", "signs"),
    [
        ("GET", {b"user-agent": FIREFOX}, False, []),
        ("GET", {b"user-agent": GMAIL_PROXY}, True, []),  # it fetches when the reader looks
        ("HEAD", {b"user-agent": FIREFOX}, False, ["head"]),
        ("GET", {}, False, ["no-agent"]),
        ("GET", {b"user-agent": b"Mozilla/5.0"}, True, ["proxy-fetch"]),
        ("GET", {b"user-agent": MAIL_ON_MAC}, True, ["proxy-fetch"]),
        ("GET", {b"user-agent": b"python-requests/2.32"}, False, ["scanner"]),
        ("GET", {b"user-agent": b"Mozilla/5.0 (compatible; Examplebot/1.0)"}, False, ["scanner"]),
        ("GET", {b"user-agent": FIREFOX, b"sec-purpose": b"prefetch;anonymous-client-ip"}, False, ["prefetch"]),
    ],
)
def test_signs_are_read_from_the_request(method: str, headers: dict, is_open: bool, signs: list[str]) -> None:
    assert signs_of(method, headers, is_open=is_open) == signs


@given(st.lists(st.sampled_from(sorted(WEIGHTS)), max_size=5))
@settings(max_examples=60)
def test_more_signs_never_make_it_more_human(signs: list[str]) -> None:
    assert all(score(signs[:n]) <= score(signs[: n + 1]) for n in range(len(signs)))
    assert (score(signs) >= MACHINE) == bool(signs)
