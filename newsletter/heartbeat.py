"""Signs of life of processes that nobody can call: a file that each touches after a round in which it could work.

The file `<data folder>/alive/<role>.<host>.<pid>` holds nothing; its time is that of the last good round. A process that hangs, or
that finds no database or broker, stops touching it, which `newsletter alive` tells: Docker and systemd can then say so.
"""

from __future__ import annotations

import contextlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import structlog

from newsletter import private_files
from newsletter.clock import Clock

log = structlog.get_logger(__name__)

STALE_SECONDS = 30.0
"""A process whose last good round is longer ago is not well: several rounds fit into this, and a wait for a slow database."""

OLD_SECONDS = 86_400.0
"""A sign of another host that is so old is nobody's."""


class Heartbeat:
    """The sign of this process in one role. A folder that cannot be written costs a line in the log, and no work."""

    def __init__(self, data_dir: Path, role: str, clock: Clock) -> None:
        self._path = _folder(data_dir) / f"{role}.{_host()}.{os.getpid()}"
        self._clock = clock
        self._told = False

    def beat(self) -> None:
        """Say that a round went well."""
        now = self._clock.now().timestamp()
        try:
            if not self._path.exists():
                private_files.make_folder(self._path.parent)
                _forget_the_old(self._path.parent, now)
                private_files.make_file(self._path)
            os.utime(self._path, (now, now))
        except OSError as error:
            if not self._told:
                log.warning("cannot give a sign of life", folder=str(self._path.parent), error=error.strerror)
            self._told = True

    def end(self) -> None:
        """Take the sign away: this process ends as it should."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("cannot take a sign of life away", error=error.strerror)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the signs of one role on this host say: how many processes are well, and which are there and are not."""

    well: int
    stuck: tuple[int, ...]  # process ids

    @property
    def good(self) -> bool:
        """Whether somebody works, and nobody is stuck."""
        return self.well > 0 and not self.stuck


def signs_of(data_dir: Path, role: str, clock: Clock) -> Signs:
    """Look at the signs that processes of this host gave; what a process left that is gone says nothing, and is removed."""
    now, well, stuck = clock.now().timestamp(), 0, []
    for path in sorted(_folder(data_dir).glob(f"{role}.{_host()}.*")):
        pid = int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0
        try:
            age = now - path.stat().st_mtime
            if not _runs(pid):
                path.unlink(missing_ok=True)
            elif age > STALE_SECONDS:
                stuck.append(pid)
            else:
                well += 1
        except FileNotFoundError:  # it ended meanwhile
            continue
    return Signs(well, tuple(stuck))


def _forget_the_old(folder: Path, now: float) -> None:
    """Remove what hosts left that are gone: each new container has a name of its own."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if now - path.stat().st_mtime > OLD_SECONDS:
                path.unlink(missing_ok=True)


def _folder(data_dir: Path) -> Path:
    return data_dir / "alive"


def _host() -> str:
    return platform.node().replace("/", "_") or "host"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return pid > 0
