"""A client that speaks HTTP octet by octet, so that it can be as slow and as odd as it likes."""

from __future__ import annotations

import contextlib
import re
import socket
import time

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
MOST_OCTETS = 10_000_000


def _promised(octets: bytes) -> int:
    """Return how many octets an answer has that begins so: more than there are while its head has not ended."""
    head, end, _ = octets.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d{1,9})\b", head, re.IGNORECASE)
    return len(head) + len(end) + int(length[1] if length else 0) if end else len(octets) + 1


class RawClient:
    """A connection to a server on loopback, from any address of loopback."""

    def __init__(self, port: int, *, source: str = "127.0.0.1", receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))

    def send(self, octets: bytes) -> RawClient:
        """Send, and care not whether anybody listens."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(octets)
        return self

    def trickle(self, octets: bytes, *, times: int, pause: float = 0.02) -> RawClient:
        """Send the same again and again, until the server hangs up or `times` is reached."""
        for _ in range(times):
            try:
                self.socket.sendall(octets)
            except ConnectionError:
                break
            time.sleep(pause)
        return self

    def heard(self) -> bytes:
        """Return all that comes until the server hangs up (60 s at most, or the test fails)."""
        octets = b""
        while len(octets) < MOST_OCTETS:
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                break
            if not more:
                break
            octets += more
        return octets

    def answer(self) -> bytes:
        """Return one answer: its head, and as much of a body as that promises, however many pieces they come in."""
        octets = b""
        with contextlib.suppress(ConnectionError):
            while len(octets) < _promised(octets) and (more := self.socket.recv(65536)):
                octets += more
        return octets

    def has_answer(self) -> bool:
        """Tell whether something came."""
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except (BlockingIOError, ConnectionError):
            return False
        finally:
            self.socket.settimeout(60)

    def is_open(self) -> bool:
        """Tell whether the server has not hung up."""
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        finally:
            self.socket.settimeout(60)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()
