"""The SMTP client as the rest of the house sees it: `send` from any thread, one background thread that talks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Any

from newsletter.mail.envelope import Envelope, Outcome
from newsletter.transports.base import CLOSE_SECONDS, SendWitness
from newsletter.transports.reach import find
from newsletter.transports.smtp.feed import EnvelopeFeed
from newsletter.transports.smtp.pool import Pool
from newsletter.transports.smtp.timeouts import Timeouts
from newsletter.transports.smtp.tls import tls_context
from newsletter.transports.smtp.url import Route, Tls, parse_url


class SmtpTransport:
    """Sends through one SMTP server (a relay or a provider) over up to `connections` kept connections.

    Raises InputError when the file of certificates cannot be read. `close()` says goodbye; a later `send()` starts anew.
    """

    name = "smtp"

    def __init__(
        self,
        route: Route,
        *,
        connections: int = 8,
        messages_per_connection: int = 1000,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._route = route
        self._timeouts = timeouts or Timeouts()
        self._context = tls_context(route) if route.tls is not Tls.NONE else None
        self._connections = connections
        self._messages_each = messages_per_connection
        self._lock = threading.Lock()
        self._runner: _Runner | None = None

    @classmethod
    def from_url(
        cls, url: str, *, connections: int = 8, messages_per_connection: int = 1000, timeouts: Timeouts | None = None
    ) -> SmtpTransport:
        """Return the transport a URL describes. Raises InputError when it cannot be read."""
        return cls(
            parse_url(url),
            connections=connections,
            messages_per_connection=messages_per_connection,
            timeouts=timeouts,
        )

    def send(self, envelopes: Iterable[Envelope], witness: SendWitness) -> dict[int, Outcome]:
        """Send each envelope and return the outcomes: see `Transport.send`.

        The iterable is pulled in the thread that talks. When it raises, what is on the wire is settled, the rest is not
        sent, and its exception goes on to the caller; so does an exception of the witness.
        """
        feed = EnvelopeFeed(envelopes, witness)
        runner = self._serve(feed)
        try:
            feed.wait_until_done()
        except BaseException:  # a signal's exception: the wire is settled first
            with contextlib.suppress(RuntimeError):  # closed meanwhile: then all is settled
                runner.call(feed.stop, "the caller gave up")
            feed.wait_until_done()
            raise
        if feed.failure:
            raise feed.failure
        if feed.error and not feed.offered:
            raise feed.error
        return feed.outcomes

    def find(self) -> None:
        """See that the server's name is known here, and that a route leads there. Raises OutOfReach."""
        find(self._route.host, self._route.port, where=f"SMTP {self._route.place}")

    def close(self, within: float = CLOSE_SECONDS) -> None:
        """Say goodbye on every connection and end the thread; what got no answer `within` so many seconds is cut."""
        with self._lock:
            runner, self._runner = self._runner, None
        if runner:
            runner.stop(within)

    def _serve(self, feed: EnvelopeFeed) -> _Runner:
        """Hand the feed to the loop, which is started when there is none; `close()` comes before or after, never between."""
        with self._lock:
            if self._runner is None:
                self._runner = _Runner(self._make_pool)
            self._runner.call(self._runner.pool.open, feed)
            return self._runner

    def _make_pool(self) -> Pool:
        return Pool(
            self._route,
            self._timeouts,
            self._context,
            most=self._connections,
            messages_each=self._messages_each,
        )


class _Runner:
    """An event loop in a thread of its own, with the pool that lives on it."""

    pool: Pool

    def __init__(self, make_pool: Callable[[], Pool]) -> None:
        self._loop = _new_loop()
        started = threading.Event()

        async def start() -> None:
            self.pool = make_pool()
            started.set()

        def run() -> None:
            self._loop.run_until_complete(start())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="smtp", daemon=True)
        self._thread.start()
        started.wait()

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have the loop call `function`."""
        self._loop.call_soon_threadsafe(function, *arguments)

    def stop(self, within: float) -> None:
        """Close the pool, then the loop."""
        try:
            asyncio.run_coroutine_threadsafe(self.pool.close(within), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows: the standard loop does the same, slower
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
