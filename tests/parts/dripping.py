"""A server that does everything as it should, and never fast: an octet now and then, so that no single wait is long."""

from __future__ import annotations

import contextlib
import socket

from tests.parts.threaded_server import ThreadedServer

PAUSE = 0.05
"""Seconds between two octets, or between two helpings of what it reads."""
MOST = 100_000
"""Requests of a connection, and helpings of a request."""


class DrippingServer(ThreadedServer):
    """Reads each request `helping` octets at a time, and answers `answer` an octet at a time. In the end it is well."""

    def __init__(self, answer: bytes, helping: int = 1 << 20) -> None:
        self._answer, self._helping = answer, helping
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        """Answer one request after the other."""
        with connection, contextlib.suppress(OSError):  # whoever asked has left
            connection.settimeout(10)
            for _ in range(MOST):
                if not self._read(connection) or not self._drip(connection):
                    return

    def _drip(self, connection: socket.socket) -> bool:
        """Answer; False when told to end."""
        for octet in self._answer:
            connection.sendall(bytes([octet]))
            if self.stopped.wait(PAUSE):
                return False
        return True

    def _read(self, connection: socket.socket) -> bool:
        """Read a request; False when there is none any more."""
        head = b""
        while b"\r\n\r\n" not in head:
            octet = connection.recv(1)
            if not octet:
                return False
            head += octet
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        left = int(length or b"0")
        for _ in range(MOST):
            if left <= 0 or self.stopped.is_set():
                break
            left -= len(connection.recv(min(left, self._helping)))
            if left:
                self.stopped.wait(PAUSE)
        return True


SLOW_HEAD = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200 + b"\r\nContent-Length: 0\r\n\r\n"
SLOW_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"a" * 200
