"""A server that answers in octets of a test's choice, whatever HTTP says of them: broken heads, floods, and what never ends."""

from __future__ import annotations

import contextlib
import re
import socket
from types import TracebackType
from typing import Self

from tests.parts.threaded_server import ThreadedServer

MOST = 200_000
"""Times that the same is said again."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class RawServer(ThreadedServer):
    """Answers each connection's request with `answer`, and then says `again` until whoever asked has left; then it hangs up.

    One that `stays` answers every request of a connection, and leaves it to the other side to hang up.
    """

    def __init__(self, answer: bytes, again: bytes = b"", *, stays: bool = False) -> None:
        self.asked: list[bytes] = []
        """Heads of requests."""
        self.connections = 0
        self._answer, self._again, self._stays = answer, again, stays
        super().__init__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        """Return an address."""
        return f"http://{host}:{self.port}{path}"

    def serve(self, connection: socket.socket) -> None:
        """Answer, and go on saying it again."""
        self.connections += 1
        with connection, contextlib.suppress(OSError):  # whoever asked has left
            connection.settimeout(20)
            while self._read(connection):
                connection.sendall(self._answer)
                if not self._stays:
                    break
            else:
                return
            for _ in range(MOST if self._again else 0):
                if self.stopped.is_set():
                    break
                connection.sendall(self._again)

    def _read(self, connection: socket.socket) -> bool:
        """Read a request; False when there is none."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = connection.recv(65_536)
            if not piece:
                return False
            heard += piece
        head, _, body = heard.partition(b"\r\n\r\n")
        self.asked.append(head)
        found = _LENGTH.search(head)
        left = int(found[1]) - len(body) if found else 0
        while left > 0 and (piece := connection.recv(min(left, 65_536))):
            left -= len(piece)
        return True
