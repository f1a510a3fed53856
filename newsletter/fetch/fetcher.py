"""Gets what stands at an address, once: `Fetcher`."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx

from newsletter.clock import Clock, SystemClock
from newsletter.errors import UnavailableError
from newsletter.fetch.addresses import where
from newsletter.fetch.exchange import Manner
from newsletter.fetch.guard import Address, Guarded, LookUp, by_system, is_public
from newsletter.fetch.lines import MOST_IDLE, PATIENCE, HostLines
from newsletter.fetch.values import Ask, FetchLimits, Page
from newsletter.fetch.visits import Visits

_OK = 200


class Fetcher:
    """Gets what stands at a URL, guarded; `allowed` says which addresses may be connected to. Safe from several threads."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        clock: Clock | None = None,
        allowed: Callable[[Address], bool] = is_public,
        trust: ssl.SSLContext | None = None,
        look_up: LookUp = by_system,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._clock = clock or SystemClock()
        self._allowed = allowed
        self._trust = trust or httpx.create_ssl_context()
        self._look_up = look_up

    def __call__(self, url: str) -> bytes:
        """Return the body of an answer of status 200. Raises as `get` does, and UnavailableError on any other status."""
        page = self.get(url)
        if page.status != _OK:
            raise UnavailableError(f"the answer is {page.status}", where=where(url))
        return page.content

    def get(self, url: str) -> Page:
        """Return what stands at `url`, in ASCII, whatever its status; redirects are followed, nothing packed is taken.

        Raises InputError when the URL, or one it leads to, may not be fetched; UnavailableError when it cannot be had
        within the limits.
        """
        limits = self._limits
        return self._once(url, Manner(seconds=limits.seconds, octets=limits.octets, schemes=limits.schemes))

    def glance(self, url: str, *, method: str = "GET", octets: int = 0, seconds: float | None = None) -> Page:
        """Return what stands at `url` as `get` does, with no more than the first `octets` of it, asked for by `method`.

        It takes `seconds` at most, or as long as `get`. Raises as `get` does.
        """
        most = self._limits.seconds if seconds is None else min(seconds, self._limits.seconds)
        asked = Manner(seconds=most, octets=octets, schemes=self._limits.schemes, method=method, whole=False)
        return self._once(url, asked)

    def ask(self, ask: Ask) -> Page:
        """Return what came of one ask, whatever its status. Raises as `Visits.ask` does."""
        with self.keeping() as visits:
            return visits.ask(ask)

    def keeping(self, *, most_idle: int = MOST_IDLE, patience: float = PATIENCE) -> Visits:
        """Return what asks many things, by several threads, and keeps connections meanwhile: `with fetcher.keeping() as visits:`.

        `most_idle` connections are kept open at most; `patience` is how many seconds an ask waits for its turn at a host.
        """
        return Visits(self._limits, HostLines(self._line_parts, most_idle, patience), self._clock)

    def _line_parts(self) -> tuple[Guarded, ssl.SSLContext]:
        return Guarded(self._clock, self._allowed, self._look_up), self._trust

    def _once(self, url: str, asked: Manner) -> Page:
        with self.keeping() as visits:
            return visits.follow(url, asked)
