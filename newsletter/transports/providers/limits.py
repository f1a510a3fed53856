"""How fast a provider lets us go, read from its answers: Retry-After, and the rate-limit headers each of them has."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from newsletter.clock import Clock

LONGEST = 3600.0
"""No hint is believed for longer than this, in seconds."""
_DEFAULT_WAIT = 1.0
_IN_WORDS = re.compile(r"\bagain (?:after|in) (\d{1,6}) sec", re.IGNORECASE)
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining", "x-sib-ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "ratelimit-reset", "x-sib-ratelimit-reset")


def retry_after(headers: Mapping[str, str], now: datetime, text: str = "") -> float:
    """Return the seconds to wait after "too fast": Retry-After in seconds or as a date (RFC 9110 section 10.2.3).

    Else the moment the limit is said to be lifted, else what the answer's `text` says (Mailgun: "try again after 120
    seconds"), else one second. `headers` by lower-case name.
    """
    value = headers.get("retry-after", "").strip()
    seconds = _seconds(value, now) if value else _reset(headers, now)
    if seconds is None and (said := _IN_WORDS.search(text)):
        seconds = float(said[1])
    return min(LONGEST, max(0.0, _DEFAULT_WAIT if seconds is None else seconds))


def spent(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds until calls are free again when this answer used up the last one, else 0."""
    remaining = next((headers[name] for name in _REMAINING if name in headers), "")
    if not remaining.strip().isdigit() or int(remaining) > 0:
        return 0.0
    return min(LONGEST, max(0.0, _reset(headers, now) or _DEFAULT_WAIT))


class CallPace:
    """Until when calls must wait; shared by the threads of one transport.

    `on_limit` is called with the seconds of each hint, so that other processes can be slowed down too.
    """

    def __init__(self, clock: Clock, on_limit: Callable[[float], None] | None = None) -> None:
        self.on_limit = on_limit
        self._clock = clock
        self._until = 0.0
        self._lock = threading.Lock()

    def hold(self, seconds: float) -> None:
        """Let no call start for `seconds`."""
        if seconds <= 0:
            return
        with self._lock:
            self._until = max(self._until, self._clock.monotonic() + seconds)
        if self.on_limit is not None:
            self.on_limit(seconds)

    def wait(self) -> float:
        """Return the seconds until a call may start."""
        with self._lock:
            return max(0.0, self._until - self._clock.monotonic())


def _reset(headers: Mapping[str, str], now: datetime) -> float | None:
    value = next((headers[name] for name in _RESET if name in headers), "")
    return _seconds(value.strip(), now) if value else None


def _seconds(value: str, now: datetime) -> float | None:
    """Seconds from now of what is a number of seconds, a Unix time in seconds or milliseconds, or a date."""
    try:
        number = float(value)
    except ValueError:
        return _until_date(value, now)
    if not 0 <= number < 1e14:  # NaN and infinity too
        return None
    if number > 1e11:
        number /= 1000
    return number - now.timestamp() if number > 1e9 else number


def _until_date(value: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.timestamp() - now.timestamp()
