"""One deadline for a whole HTTP call: a timeout of each step is none for whoever answers an octet now and then.

The steps of httpx and httpcore are counted each by itself. Here connecting, TLS, writing and reading all end when the call does; only
the look-up of a name takes as long as the machine's resolver lets it (resolv.conf(5), `timeout` and `attempts`).
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from contextvars import ContextVar
from urllib.parse import urlsplit

import httpcore
import httpx

from newsletter.kept_connections import KeptConnections
from newsletter.timed_stream import SocketOptions, TimedStream, of_what_is_left

_END: ContextVar[float] = ContextVar("the end of a call", default=float("inf"))
_MOST_CONNECTIONS, _IDLE_SECONDS = 100, 5.0  # as httpx has them


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let each call of this thread in the body end within so many seconds from now, with a httpx.TimeoutException."""
    token = _END.set(min(_END.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


def client(url: str, timeout: httpx.Timeout) -> httpx.Client:
    """Return a client for `url` that keeps to `within`, follows no redirects, and uses no proxy that the environment names.

    `timeout` is that of each step. Which authorities are trusted the environment may say (SSL_CERT_FILE).
    """
    # Without TLS there is nothing to trust: reading the store of certificates takes 50 ms.
    secure = urlsplit(url).scheme == "https"
    verify = httpx.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, transport=_Transport(verify))


class _Transport(httpx.HTTPTransport):
    """What httpx uses itself, over streams that know the end of the call. httpx has no other place to name them."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._pool.close()
        self._pool = KeptConnections(verify, _Backend(), most=_MOST_CONNECTIONS, idle_seconds=_IDLE_SECONDS)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return TimedStream(super().connect_tcp(host, port, left, local_address, socket_options), _left)


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    """Return the seconds that a step may take. Raises `too_late` when there are none."""
    end = _END.get()
    return timeout if end == float("inf") else of_what_is_left(end - time.monotonic(), timeout, too_late)
