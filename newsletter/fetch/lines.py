"""Lines to hosts: one connection to each at most, kept between asks, and one ask at a time."""

from __future__ import annotations

import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from newsletter.errors import UnavailableError
from newsletter.fetch.guard import Guarded
from newsletter.kept_connections import KeptConnections

MOST_IDLE = 64
"""Connections that are kept though nobody uses them: a run asks hundreds of hosts, most of them once."""
PATIENCE = 60.0
"""Seconds that an ask waits for its turn at a host."""


class HostLine:
    """The way to one host, whatever its ports: a pool of one connection, its guard, and whose turn it is."""

    def __init__(self, guard: Guarded, trust: ssl.SSLContext) -> None:
        self.guard = guard
        self.pool = KeptConnections(trust, guard, most=1)
        self.turn = threading.Lock()
        self.users = 0
        """Those who have it or wait for it."""


class HostLines:
    """The lines of one run, by host; safe from several threads."""

    def __init__(self, parts: Callable[[], tuple[Guarded, ssl.SSLContext]], most_idle: int, patience: float) -> None:
        self._parts = parts
        self._most_idle = most_idle
        self._patience = patience
        self._lock = threading.Lock()
        self._lines: OrderedDict[str, HostLine] = OrderedDict()
        self._is_closed = False

    @contextmanager
    def to(self, host: str) -> Iterator[HostLine]:
        """Wait for the turn at a host and yield its line. Raises UnavailableError when the turn does not come, or all is closed."""
        line = self._join(host)
        try:
            if not line.turn.acquire(timeout=self._patience):
                raise UnavailableError(f"others were asking this host for {self._patience:g} s", where=host)
            try:
                self._check_open(host)
                yield line
            finally:
                line.turn.release()
        finally:
            self._leave(line)

    def close(self) -> None:
        """Close what nobody uses at once, and what is in use when its user is done, which it is at its next step."""
        with self._lock:
            self._is_closed = True
            idle = [line for line in self._lines.values() if not line.users]
            for line in self._lines.values():
                line.guard.begin(0)
            self._lines.clear()
        for line in idle:
            line.pool.close()

    def _check_open(self, host: str) -> None:
        if self._is_closed:
            raise UnavailableError("the run that asked for it has ended", where=host)

    def _join(self, host: str) -> HostLine:
        with self._lock:
            self._check_open(host)
            line = self._lines.get(host)
            if line is None:
                line = self._lines[host] = HostLine(*self._parts())
            self._lines.move_to_end(host)
            line.users += 1
            return line

    def _leave(self, line: HostLine) -> None:
        with self._lock:
            line.users -= 1
            closing = [line] if self._is_closed and not line.users else self._surplus()
        for each in closing:
            each.pool.close()

    def _surplus(self) -> list[HostLine]:
        """Take out those that nobody has used for longest."""
        idle = [host for host, line in self._lines.items() if not line.users]
        return [self._lines.pop(host) for host in idle[: max(len(idle) - self._most_idle, 0)]]
