"""A server that answers in octets of a test's choice, whatever HTTP says of them: broken heads, floods, and what never ends."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from types import TracebackType
from typing import Self

MOST = 200_000
"""Times that the same is said again."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class RawServer:
    """Answers each connection's request with `answer`, and then says `again` until whoever asked has left; then it hangs up."""

    def __init__(self, answer: bytes, again: bytes = b"") -> None:
        self.asked: list[bytes] = []
        """Heads of requests."""
        self._answer, self._again = answer, again
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        self._socket.close()

    def url(self, host: str = "127.0.0.1", path: str = "/") -> str:
        """Return an address."""
        return f"http://{host}:{self.port}{path}"

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                connection = self._socket.accept()[0]
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # whoever asked has left
            connection.settimeout(20)
            if not self._read(connection):
                return
            connection.sendall(self._answer)
            for _ in range(MOST if self._again else 0):
                if self._stopped.is_set():
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
