"""The connections of one transport, and the feeds they serve. Lives on the loop's thread."""

from __future__ import annotations

import asyncio
import ssl
import weakref
from collections import deque

from newsletter.errors import TransportError
from newsletter.transports.smtp.addresses import Addresses
from newsletter.transports.smtp.connection import Connection
from newsletter.transports.smtp.feed import EnvelopeFeed, InFlight
from newsletter.transports.smtp.timeouts import Timeouts
from newsletter.transports.smtp.url import Route

MOST_FRUITLESS = 3
"""Connections in a row that open, are offered a message, and break without one answer: then the way out is down."""


class Pool:
    """Opens connections as work waits, up to `most`, and keeps them for the next call."""

    def __init__(
        self, route: Route, timeouts: Timeouts, context: ssl.SSLContext | None, *, most: int, messages_each: int
    ) -> None:
        self._route = route
        self._addresses = Addresses(route.host, route.port)
        self._timeouts = timeouts
        self._context = context
        self._most = most
        self._messages_each = messages_each
        self._loop = asyncio.get_running_loop()
        self._feeds: deque[EnvelopeFeed] = deque()
        self._working: set[Connection] = set()
        self._resting: list[Connection] = []
        self._leaving: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._fruitless = 0
        self._grow_after = 0.0  # when one more may be opened
        self._start_after = 0.0  # when one may be opened though there is none
        self._ticking = False
        self._closing = False
        self._established: weakref.WeakSet[Connection] = weakref.WeakSet()  # until their sockets are closed

    # What the transport calls.

    def open(self, feed: EnvelopeFeed) -> None:
        """Serve `feed` until its last envelope has an outcome. Nothing of it is pulled before there is a connection."""
        self._forget_done()
        self._feeds.append(feed)
        self.work_waits()

    def work_waits(self) -> None:
        """Set resting connections to work, and open more for what is left."""
        while self._resting and self._backlog(1):
            connection = self._resting.pop()
            self._working.add(connection)
            connection.begin()
        self._grow()

    def check(self) -> None:
        """Look at every deadline."""
        for connection in (*self._working, *self._resting, *self._leaving):
            connection.check_patience()
        if self._feeds:
            self.work_waits()  # what a refused connection put off
        self._ticking = bool(self._working or self._resting or self._leaving or self._opening)
        if self._ticking:
            self._loop.call_later(self._timeouts.tick, self.check)

    async def close(self, within: float) -> None:
        """Say goodbye on every connection, after what is under way on it, and wait for that so many seconds."""
        self._closing = True
        self._stop_feeds(TransportError("the transport was closed", where=f"SMTP {self._route.place}"))
        for task in self._opening:
            task.cancel()
        for connection in (*self._resting,):
            connection.quit()
        end = self._loop.time() + within
        while (self._working or self._leaving or self._opening) and self._loop.time() < end:  # noqa: ASYNC110 - three sets
            await asyncio.sleep(0.005)
        for connection in (*self._working, *self._leaving):
            connection.give_up("the transport was closed")
        # The loop tells of each socket it has closed; it may not be stopped before.
        while not all(each.closed for each in self._established) and self._loop.time() < end + 1:  # noqa: ASYNC110 - many
            await asyncio.sleep(0.005)

    # What connections call.

    def take(self) -> InFlight | None:
        """Return the next envelope of the feeds in turn."""
        feeds = self._feeds
        for _ in range(len(feeds)):
            passage = feeds[0].take()
            if len(feeds) > 1:
                feeds.rotate(-1)
            if passage is not None:
                return passage
        return None

    def rested(self, connection: Connection) -> None:
        """Keep it for what comes."""
        self._forget_done()
        self._working.discard(connection)
        if self._closing:
            connection.quit()
        elif connection not in self._resting:
            self._resting.append(connection)

    def others_work(self, connection: Connection) -> bool:
        """Whether others are at work, and not broken."""
        return bool(self._working - {connection})

    def left(self, connection: Connection, why: str) -> None:
        """Forget it; open another when work waits, unless the server breaks every one."""
        self._remove(connection)
        if not connection.gone:
            self._leaving.add(connection)
        if not why or connection.proven:
            self._fruitless = 0
        else:
            self._fruitless += 1
            self._cool()
        self._forget_done()
        if self._fruitless >= MOST_FRUITLESS and not self._working:
            self._give_up(why)
        elif self._feeds:
            self.work_waits()

    # Growing.

    def _grow(self) -> None:
        """Open the first connection when there is none, later one for each envelope that waits, as far as there is room."""
        if not self._working and not self._resting:
            if self._feeds and not self._closing and not self._opening and self._loop.time() >= self._start_after:
                self._open_one()
            return
        room = self._most - len(self._working) - len(self._resting) - len(self._opening)
        if room > 0 and not self._closing and self._loop.time() >= self._grow_after:
            for _ in range(self._backlog(room + len(self._opening)) - len(self._opening)):
                self._open_one()

    def _backlog(self, most: int) -> int:
        """Return how many envelopes wait for a connection, `most` at most."""
        waiting = 0
        for feed in self._feeds:
            waiting += feed.look_ahead(most - waiting)
            if waiting >= most:
                break
        return waiting

    def _open_one(self) -> None:
        task = self._loop.create_task(self._establish())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _establish(self) -> None:
        connection = Connection(self, self._route, self._addresses, self._timeouts, self._messages_each)
        task = asyncio.current_task()
        try:
            await connection.establish(self._context)
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits in send() must hear of it
            self._opening.discard(task)
            self._could_not_open(error)
            return
        self._opening.discard(task)
        self._established.add(connection)
        self._working.add(connection)
        self._tick()
        connection.begin()
        self._grow()

    def _could_not_open(self, error: Exception) -> None:
        """One too many, or the way out is down: that shows in whether there are others."""
        if not isinstance(error, TransportError):
            error = TransportError(f"cannot connect: {error!r}", where=f"SMTP {self._route.place}")
        self._grow_after = self._loop.time() + self._timeouts.cooling
        if not self._working and not self._resting and not self._opening:
            self._stop_feeds(error)

    def _cool(self) -> None:
        """A server that broke a connection at once is not helped by another at once, nor are the messages it would break."""
        now = self._loop.time()
        self._grow_after, self._start_after = now + self._timeouts.cooling, now + self._timeouts.restart
        self._loop.call_later(self._timeouts.restart, self.work_waits)

    def _give_up(self, why: str) -> None:
        """The way out is down, though it can be connected to."""
        self._fruitless, self._start_after = 0, 0.0
        for feed in self._feeds:
            feed.acquit()
        self._stop_feeds(
            TransportError(f"the server breaks every connection: {why}", where=f"SMTP {self._route.place}")
        )

    def _tick(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(self._timeouts.tick, self.check)

    def _stop_feeds(self, error: TransportError) -> None:
        for feed in self._feeds:
            feed.stop(str(error), error)
        self._forget_done()

    def _remove(self, connection: Connection) -> None:
        self._working.discard(connection)
        self._leaving.discard(connection)
        if connection in self._resting:
            self._resting.remove(connection)

    def _forget_done(self) -> None:
        if any(feed.done for feed in self._feeds):
            self._feeds = deque(feed for feed in self._feeds if not feed.done)
