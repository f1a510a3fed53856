"""The receiver of a soak, and its own record of whom it took mail for: what the ledger is judged by."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from array import array
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.bench.soak.postgres import free_port
from newsletter.children import module_command
from newsletter.errors import UnavailableError

_SECONDS = 30
_OCTETS = 1 << 20


@dataclass
class ReceivedRecord:
    """Mails taken, in the order in which they were: moment (seconds, monotonic), host and number of the reader. `refused` are moments."""

    moments: array[float] = field(default_factory=lambda: array("d"))
    hosts: array[int] = field(default_factory=lambda: array("b"))
    readers: array[int] = field(default_factory=lambda: array("q"))
    refused: array[float] = field(default_factory=lambda: array("d"))
    strange: list[str] = field(default_factory=list)  # lines that no reader of ours explains

    def add(self, line: str) -> None:
        """Add a line of the receiver's file."""
        moment, host, what, reader = line.split()
        number = reader.removeprefix("reader").partition("@")[0]
        if what == "-":
            self.refused.append(float(moment))
        elif number.isdecimal():
            self.moments.append(float(moment))
            self.hosts.append(int(host.partition(".")[0].removeprefix("host")))
            self.readers.append(int(number))
        else:
            self.strange.append(line)


class SoakReceiver:
    """A receiver in a process of its own, which ends with us; `record` is read on by `look()`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.record = ReceivedRecord()
        self._path = folder / "received"
        self._read, self._rest = 0, b""
        command = module_command("newsletter.bench.recording_receiver", self.port, self._path)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        self.tell("up")

    def url(self, ehlo: str) -> str:
        """Return the way out for whoever calls itself `ehlo`."""
        return f"smtp://127.0.0.1:{self.port}?tls=none&ehlo={ehlo}"

    def tell(self, command: str) -> None:
        """Have it done, and return when it is. Raises UnavailableError when the receiver does not answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{command}\n".encode())
            ready, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
            answered = ready and os.read(self._process.stdout.fileno(), 100)
        except OSError:
            answered = b""
        if not answered:
            raise UnavailableError(f"the receiver did not do as it was told: {command}")

    def look(self) -> ReceivedRecord:
        """Read what was written since, and return the whole record."""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(self._read)
            while octets := file.read(_OCTETS):
                self._read += len(octets)
                *lines, self._rest = (self._rest + octets).split(b"\n")
                for line in lines:
                    self.record.add(line.decode("ascii", "replace"))
        return self.record

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._process.stdout.close()
