"""The part of a server on loopback that every one has: a thread listens, one for each connection serves it, and all of them end."""

from __future__ import annotations

import socket
import threading


class ThreadedServer:
    """Serves each connection by `serve` in a thread of its own, from when it is made until `stop`."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def serve(self, connection: socket.socket) -> None:
        """Answer one connection, and close it."""
        raise NotImplementedError

    def stop(self) -> None:
        """End all of it."""
        self.stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        self._socket.close()

    def _listen(self) -> None:
        while not self.stopped.is_set():
            try:
                connection = self._socket.accept()[0]
            except OSError:
                return
            self._threads.append(threading.Thread(target=self.serve, args=(connection,)))
            self._threads[-1].start()
