"""Groups of processes: what is started here is ended here, by the number of its group and never by a name."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from newsletter import private_files
from newsletter.bench.accounting import family

_OCTETS = 65_536


class ReceiverGroup:
    """A process with all that it starts, in a process group of its own; what it says is kept in a file of ours.

    It writes to a pipe and not to the file, so that what keeps it from writing files does not silence it.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is made here
            command,
            env=dict(environment),
            cwd=folder,  # where no .env of anybody lies
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._copying = threading.Thread(target=_copy, args=(self._process.stdout, log), daemon=True)
        self._copying.start()
        self.pid = self._process.pid

    @property
    def runs(self) -> bool:
        """Whether the process that was started is there."""
        return self._process.poll() is None

    def members(self) -> list[int]:
        """Return the process ids of the group's first process and of all below it."""
        return family(self.pid) if self.runs else []

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def let_write(self, octets: int | None) -> None:
        """Let none of its processes make a file longer than so many octets; None: as long as they like."""
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most if octets is None else octets, most))

    def kill(self) -> None:
        """Send SIGKILL to the whole group, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._process.wait(30)
        self._copying.join(10)

    def stop(self, seconds: float = 60) -> int | None:
        """SIGTERM the first process and return its exit code; the whole group is killed after `seconds`, and None returned."""
        self.signal(signal.SIGCONT)
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()  # whoever is left
        return code


def _copy(source: IO[bytes], path: Path) -> None:
    log = appended(path)
    try:
        with source:
            while octets := source.read(_OCTETS):
                os.write(log, octets)
    finally:
        os.close(log)


def appended(path: Path) -> int:
    """Return the descriptor of a file of ours that is written at its end; the caller closes it."""
    private_files.make_file(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
