"""A pool of HTTP/1.1 connections over which each answer belongs to a question.

What a server says beyond its answer, httpcore takes for the answer to the next question over the same connection (1.0.9), unless the
other side has hung up by then. It is nobody's answer, and the connection is of no more use (RFC 9112 section 9.2).
"""

from __future__ import annotations

import ssl
from functools import partial

import httpcore


class KeptConnections(httpcore.ConnectionPool):
    """Keeps connections, at most `most` and idle ones for `idle_seconds` (None: no limit); one that said too much is closed."""

    def __init__(
        self, trust: ssl.SSLContext, backend: httpcore.NetworkBackend, *, most: int, idle_seconds: float | None = None
    ) -> None:
        super().__init__(
            ssl_context=trust, max_connections=most, keepalive_expiry=idle_seconds, network_backend=backend
        )
        self._made = partial(_Connection, ssl_context=trust, keepalive_expiry=idle_seconds, network_backend=backend)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """Return a new one. httpcore calls it, and asks each of them whether it `is_available` before it is used again."""
        return self._made(origin)


class _Connection(httpcore.HTTPConnection):
    def has_expired(self) -> bool:
        return super().has_expired() or (self.is_idle() and self._has_more())

    def is_available(self) -> bool:  # asked after the other, and by then another thread's answer may have ended
        return super().is_available() and not self._has_more()

    def _has_more(self) -> bool:
        """Whether octets were read that belong to no answer; also when it cannot be seen, for no public name tells it."""
        state = getattr(getattr(self, "_connection", None), "_h11_state", None)
        return state is None or bool(state.trailing_data[0])
