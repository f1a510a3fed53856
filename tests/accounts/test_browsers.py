"""Labels for signed-in browsers, from the headers that browsers send in 2026."""

from __future__ import annotations

import pytest

from newsletter.accounts.browsers import describe

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SEEN = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36": "Chrome on Windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/124.0": "Opera on Mac",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15": "Safari on Mac",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPad",
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": "Firefox on Android",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    "curl/8.14.1": "curl",
    "": "Another program",
    "python-httpx/0.28.1": "Another program",
}


@pytest.mark.parametrize("header", SEEN)
def test_a_browser_is_named_by_kind_and_system(header: str) -> None:
    assert describe(header) == SEEN[header]


def test_a_label_is_short_whatever_is_sent() -> None:
    for header in ("Firefox/1 <script>" * 10_000, "\x00" * 5000, "Android Chrome/ " * 500):
        assert len(describe(header)) <= 60
        assert describe(header).isprintable()
