"""A connection whose every step ends when the time of the whole call does: an octet now and then is not for ever."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import httpcore

SocketOptions: TypeAlias = Iterable[httpcore.SOCKET_OPTION]
Left: TypeAlias = Callable[[float | None, type[httpcore.TimeoutException]], float | None]
"""Seconds a step would take at most, and what to raise when there are none -> the seconds that it may take."""


def of_what_is_left(left: float, timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    """Return the seconds that a step may take where so many are `left` of the whole. Raises `too_late` when there are none."""
    if left <= 0:
        raise too_late
    return left if timeout is None else min(left, timeout)


class TimedStream(httpcore.NetworkStream):
    """Reads, writes and begins TLS within what `left` says."""

    def __init__(self, stream: httpcore.NetworkStream, left: Left) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within the time that is left."""
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within the time that is left."""
        # Not by the stream, which begins its timeout anew with each part that the other side takes.
        taker, rest = self._stream.get_extra_info("socket"), memoryview(buffer)
        try:
            while rest:
                taker.settimeout(self._left(timeout, httpcore.WriteTimeout))
                rest = rest[taker.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on under TLS; the certificate is checked against the host's name, not its address."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._left)

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream knows."""
        return self._stream.get_extra_info(info)
