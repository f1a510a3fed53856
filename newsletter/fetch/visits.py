"""Many asks, by several threads, over kept connections: redirects, validators and secrets on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from newsletter.clock import Clock
from newsletter.errors import InputError, UnavailableError
from newsletter.fetch import retry_after
from newsletter.fetch.addresses import checked, led_to, on_the_wire, origin, where
from newsletter.fetch.exchange import REDIRECTS, Manner, exchange
from newsletter.fetch.lines import HostLines
from newsletter.fetch.values import Ask, FetchLimits, Hop, Page

HeadersFor = Callable[[str], Mapping[str, str]]
"""An address on the way -> the headers that go there."""
_REFUSALS = 400
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 section 5.6.2
_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff\t]{0,8000}[\x21-\x7e\x80-\xff])?")  # section 5.5
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since", "if-none-match",
        "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""Headers that say how we ask, and are for nobody else to set."""
_SECRET = re.compile(r"auth|cookie|key|token|secret|password|session", re.IGNORECASE)


class Visits:
    """Asks for many addresses, with one connection to a host at most; made by `Fetcher.keeping`. Safe from several threads.

    Asks to one host take turns, and waiting for a turn is not counted as the ask's own time. When it is closed, idle connections are
    closed at once, and whoever still asks ends within the time of that ask.
    """

    def __init__(self, limits: FetchLimits, lines: HostLines, clock: Clock) -> None:
        self._limits = limits
        self._lines = lines
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; every further ask raises UnavailableError."""
        self._lines.close()

    def ask(self, ask: Ask) -> Page:
        """Return what stands at an address, whatever its status; redirects are followed, gzip is unpacked.

        The content of a refusal (from 400 on) is its beginning, or nothing. Raises InputError when the address, or one it leads to,
        may not be fetched (PrivateAddressError), or a header cannot be sent; SlowAnswerError, LargeAnswerError, BrokenAnswerError, and
        UnavailableError for all else that keeps it from being had.
        """
        limits = self._limits
        asked = Manner(
            seconds=limits.seconds if ask.seconds is None else min(ask.seconds, limits.seconds),
            octets=limits.octets if ask.octets is None else ask.octets,
            schemes=limits.schemes if ask.schemes is None else ask.schemes,
            unpacks=True,
        )
        url = on_the_wire(ask.url)
        return self.follow(url, asked, _headers_of(ask, url))

    def follow(self, url: str, asked: Manner, headers_for: HeadersFor = lambda _: {}) -> Page:
        """Return what stands at `url` (in ASCII) or where it leads to. Raises as `ask` does."""
        hops: list[Hop] = []
        left = asked.seconds
        for _ in range(self._limits.redirects + 1):
            url = checked(url, asked.schemes)
            headers = headers_for(url)
            with self._lines.to(_host(url)) as line:
                line.guard.begin(left)
                page = exchange(line, url, asked, headers)
                left = line.guard.remaining()
            if page.status not in REDIRECTS or "location" not in page.headers:
                return replace(page, hops=tuple(hops), retry_after=self._wait_asked_for(page))
            hops.append(Hop(url, page.status))
            url = led_to(url, page.headers["location"])
        raise UnavailableError(f"more than {self._limits.redirects} redirects", where=where(url))

    def _wait_asked_for(self, page: Page) -> float | None:
        said = page.headers.get("retry-after", "")
        return retry_after.seconds_of(said, self._clock.now()) if page.status >= _REFUSALS else None


def _host(url: str) -> str:
    return origin(url)[1].rstrip(".")


def _headers_of(ask: Ask, url: str) -> HeadersFor:
    """Return what tells the headers for each address on the way, which must be asked in the order of the way."""
    for name, value in (*ask.headers.items(), *ask.secret_headers.items()):
        _check_header(name, value, url)
    secret = {name: value for name, value in ask.headers.items() if _SECRET.search(name)} | dict(ask.secret_headers)
    open_ = {name: value for name, value in ask.headers.items() if name not in secret}
    told = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
    validators = {name: value for name, value in told.items() if _VALUE.fullmatch(value)}
    home, is_at_home = origin(url), True

    def headers_for(hop: str) -> Mapping[str, str]:
        nonlocal is_at_home
        is_at_home = is_at_home and origin(hop) == home  # once away, never again: who leads back chooses the path
        fits = ask.validators_of in ("", hop)
        return open_ | (validators if fits else {}) | (secret if is_at_home else {})

    return headers_for


def _check_header(name: str, value: str, url: str) -> None:
    """Raise InputError for a header that cannot be sent; its value is not told, for it may be a secret."""
    if not _NAME.fullmatch(name) or name.lower() in _OURS:
        raise InputError(f"a header by the name {name[:40]!r} cannot be sent", where=where(url))
    if not _VALUE.fullmatch(value):
        raise InputError(
            f"the value of the header {name} cannot be sent: it is empty, or has signs that no header has",
            where=where(url),
        )
