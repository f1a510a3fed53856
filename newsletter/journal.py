"""The acceptance journal: what this host's worker wrote and heard for one claim, in a file that outlives kill -9.

One small file a claim, named `<batch>-<fence>.journal`, locked by the process that sends. Lines are appended through a
shared memory mapping, without fsync: the page cache survives the process, and only the process is expected to die. (A
write(2) for each line would give up the interpreter's lock twice a message, and wait for it twice.) The space is set
aside first, so that a full disk is an error when the journal is opened, not a signal when it is written:

    S <delivery>                             the next octets may complete this message
    A <delivery> <kind> <code> <status> <reply>   the reply to it was read

The file is removed once the ledger holds the outcomes. A file that can be locked therefore belongs to a dead claim, and
replaying it tells each delivery's fate: heard -> its outcome; written but not heard -> uncertain; neither -> never sent.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from newsletter.errors import StoreError
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unknown, Unsent

SUFFIX = ".journal"
FIRST_OCTETS = 65_536
"""Set aside for a claim at once: the lines of 500 messages with short replies; it doubles when they are longer."""
_KINDS: dict[type[object], str] = {Accepted: "accepted", Deferred: "deferred", Refused: "refused"}
_OUTCOMES: dict[str, type[Accepted | Deferred | Refused]] = {
    "accepted": Accepted,
    "deferred": Deferred,
    "refused": Refused,
}


class Journal:
    """The witness of one claim (see `newsletter.transports.base.Witness`). Raises StoreError when it cannot be opened."""

    def __init__(self, folder: Path, batch_id: int, fence: int) -> None:
        self.path = folder / f"{batch_id}-{fence}{SUFFIX}"
        self._end = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = _open_locked(self.path)
            self._lines = self._mapped(FIRST_OCTETS)
        except OSError as error:
            raise StoreError(
                f"cannot write {self.path}: {error.strerror}",
                where="journal",
                remedy="free some space, or set NEWSLETTER_DATA_DIR",
            ) from error

    def wrote(self, delivery_id: int) -> None:
        """Note that the next octets may complete this message."""
        self._append(b"S %d\n" % delivery_id)

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Note the reply to this message; outcomes that are no reply need no line."""
        kind = _KINDS.get(type(outcome))
        if kind is not None and not isinstance(outcome, Unknown | Unsent):
            reply = outcome.reply
            if "\\" in reply or not reply.isprintable():
                reply = reply.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "")
            line = f"A {delivery_id} {kind} {outcome.code} {outcome.status or '-'} {reply}\n"
            self._append(line.encode("utf-8", "replace"))

    def close(self, *, recorded: bool) -> None:
        """Let the file go: removed when the ledger holds the outcomes, left for the sweeper when it does not."""
        if recorded:
            self.path.unlink(missing_ok=True)
        self._lines.close()
        os.close(self._file)

    def _append(self, line: bytes) -> None:
        end = self._end + len(line)
        if end > len(self._lines):
            self._lines.close()
            self._lines = self._mapped(2 * end)
        self._lines[self._end : end] = line
        self._end = end

    def _mapped(self, octets: int) -> mmap.mmap:
        os.posix_fallocate(self._file, 0, octets)
        return mmap.mmap(self._file, octets)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close(recorded=kind is None)


@dataclass(frozen=True, slots=True)
class Fates:
    """What a dead claim's journal proves."""

    batch_id: int
    fence: int
    written: frozenset[int]
    heard: dict[int, Accepted | Deferred | Refused]


def orphans(folder: Path) -> Iterator[Fates]:
    """Give the journals whose process is dead; each is removed when the loop comes round without an error."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            if _lock(file) and os.fstat(file).st_nlink:
                yield _read(path)
                path.unlink(missing_ok=True)
        finally:
            os.close(file)


def _open_locked(path: Path) -> int:
    for _ in range(10):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(file) and os.fstat(file).st_nlink:
            return file
        os.close(file)  # a sweeper looked at the new file in this very moment and removed it
    raise OSError(errno.EAGAIN, "the journal is held by another process")


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Fates:
    batch_id, fence = (int(part) for part in path.name.removesuffix(SUFFIX).split("-"))
    written: set[int] = set()
    heard: dict[int, Accepted | Deferred | Refused] = {}
    lines = path.read_bytes().rstrip(b"\0").decode("utf-8", "replace").split("\n")
    for line in lines[:-1]:  # the last one is empty, or was cut by the kill
        kind, _, rest = line.partition(" ")
        if kind == "S":
            written.add(int(rest))
        elif kind == "A":
            delivery, outcome, code, status, reply = rest.split(" ", 4)
            heard[int(delivery)] = _OUTCOMES[outcome](int(code), "" if status == "-" else status, _unescape(reply))
    return Fates(batch_id, fence, frozenset(written), heard)


def _unescape(reply: str) -> str:
    parts = reply.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
