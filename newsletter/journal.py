"""Journals: small files that outlive kill -9 of the process that writes them.

Lines are appended through a shared memory mapping, without fsync: the page cache survives the process, and only the
process is expected to die. (A write(2) for each line would give up the interpreter's lock twice, and wait for it twice.)
The space is set aside first, so that a full disk is an error when the journal is opened, not a signal when it is written.
The process that writes holds a lock: a file that can be locked belongs to a dead one.

Each line ends with the CRC-32 of what stands before it, in hexadecimal: a flipped bit is seen, and the line proves nothing.

The acceptance journal says what this host's worker wrote and heard for one claim, in a file named `<batch>-<fence>.journal`:

    B <boot id>                              which start of the machine this is: only within one is the page cache to be trusted
    S <delivery>                             the next octets may complete this message
    A <delivery> <kind>@<at> <code> <status> <reply>   the reply to it was read; what it answers stands in `at`, if it is known

The file is removed once the ledger holds the outcomes. A file that can be locked therefore belongs to a dead claim, and
replaying it tells each delivery's fate: heard -> its outcome; written but not heard -> uncertain; neither -> never sent,
or, when the machine went down since, or the file is damaged, uncertain too: some lines may be missing.

A line that a kill cut short is no damage: what it was to tell had not begun. It is the last, and its end or its begin is missing.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import re
import time
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from newsletter import private_files
from newsletter.errors import StoreError
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused

SUFFIX = ".journal"
_CLAIM = re.compile(r"(\d{1,18})-(\d{1,18})" + re.escape(SUFFIX))
FIRST_OCTETS = 131_072
"""Set aside for a claim at once: the lines of 1,000 messages with short replies; it doubles when they are longer."""
_TRIES, _BETWEEN_TRIES = 100, 0.01
_CHECKED = re.compile(rb"(.*) ([0-9a-f]{1,8})", re.DOTALL)
_WROTE = re.compile(r"S (\d{1,18})")
_HEARD = re.compile(r"A (\d{1,18}) (accepted|deferred|refused)(?:@(\w{1,20}))? (-?\d{1,4}) (\S{1,12}) ([^\0]*)")
_KINDS: dict[type[object], str] = {Accepted: "accepted", Deferred: "deferred", Refused: "refused"}
_REFUSALS: dict[str, type[Deferred | Refused]] = {"deferred": Deferred, "refused": Refused}


class Lines:
    """A file of lines, made and locked here. Raises StoreError when it cannot be made or grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end = 0
        with self._told():
            private_files.make_folder(path.parent)
            self._file = _open_locked(path)
            self._mapping = self._mapped(FIRST_OCTETS)

    @property
    def empty(self) -> bool:
        """Whether nothing was written yet."""
        return not self._end

    def append(self, line: bytes) -> None:
        """Write a line, given without its end: a checksum and a line feed follow."""
        line = b"%b %x\n" % (line, zlib.crc32(line))
        end = self._end + len(line)
        if end >= len(self._mapping):  # one zero octet stays at the end: a file without it was cut
            with self._told():
                wider = self._mapped(2 * end)
            self._mapping.close()
            self._mapping = wider
        self._mapping[self._end : end] = line
        self._end = end

    def let_go(self, *, remove: bool) -> None:
        """Close the file: removed, or left for whoever looks for orphans."""
        if remove:
            self.path.unlink(missing_ok=True)
        self._mapping.close()
        os.close(self._file)

    def _mapped(self, octets: int) -> mmap.mmap:
        os.posix_fallocate(self._file, 0, octets)
        return mmap.mmap(self._file, octets)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"cannot write {self.path}: {error.strerror}",
                where="journal",
                remedy="free some space, or set NEWSLETTER_DATA_DIR",
            ) from error


class Journal(Lines):
    """The witness of one claim (see `newsletter.transports.base.Witness`). Raises StoreError when it cannot be opened."""

    def __init__(self, folder: Path, batch_id: int, fence: int) -> None:
        super().__init__(folder / f"{batch_id}-{fence}{SUFFIX}")
        self.append(f"B {_boot()}".encode())

    def wrote(self, delivery_id: int) -> None:
        """Note that the next octets may complete this message."""
        self.append(b"S %d" % delivery_id)

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Note the reply to this message; outcomes that are no reply need no line."""
        kind = _KINDS.get(type(outcome))
        if kind is not None and isinstance(outcome, Accepted | Deferred | Refused):
            reply = outcome.reply
            if "\\" in reply or not reply.isprintable():
                reply = reply.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "")
            if not isinstance(outcome, Accepted) and outcome.at:
                kind = f"{kind}@{outcome.at}"
            line = f"A {delivery_id} {kind} {outcome.code} {outcome.status or '-'} {reply}"
            self.append(line.encode("utf-8", "replace"))

    def close(self, *, recorded: bool) -> None:
        """Let the file go: removed when the ledger holds the outcomes, left for the sweeper when it does not."""
        self.let_go(remove=recorded)

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
    complete: bool = True  # False when lines may be missing: the machine went down since, or the file is damaged


def orphans(folder: Path, *, besides: Collection[tuple[int, int]] = ()) -> Iterator[Fates]:
    """Give the journals whose process is dead; each is removed when the loop comes round without an error.

    Those of `besides`, by batch and fence, are left alone.
    """
    for path, lines in orphaned(folder, SUFFIX, {f"{batch_id}-{fence}{SUFFIX}" for batch_id, fence in besides}):
        claim = _CLAIM.fullmatch(path.name)
        if claim:  # a stray file of another name proves nothing
            yield _fates(int(claim[1]), int(claim[2]), lines)


def orphaned(folder: Path, suffix: str, besides: Collection[str] = ()) -> Iterator[tuple[Path, list[str | None]]]:
    """Give the files whose process is dead, with their whole lines; each is removed when the loop comes round without an error.

    None stands for a line that was damaged. Those whose names are in `besides` are left alone.
    """
    for path in sorted(path for path in folder.glob(f"*{suffix}") if path.name not in besides):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            if _lock(file) and os.fstat(file).st_nlink:
                yield path, _whole_lines(path.read_bytes())
                path.unlink(missing_ok=True)
        finally:
            os.close(file)


def _whole_lines(octets: bytes) -> list[str | None]:
    """Return the lines of a file without the one that a kill cut short; with None for each that is damaged, and for what is missing."""
    told = octets.rstrip(b"\0")
    *lines, last = told.split(b"\n")
    if lines and not last and _is_torn(lines[-1]):
        lines.pop()
    read = [_checked(line) for line in lines]
    if len(told) == len(octets):
        read.append(None)  # no zeros behind it: whatever else the file held is missing
    elif _checked(last) is not None:
        read.append(_checked(last))  # all but its end was copied
    elif _checked(last[:-1]) is not None:
        read += [_checked(last[:-1]), None]  # its end is another sign
    return read


def _is_torn(line: bytes) -> bool:
    """Tell whether the kill came while the line was copied, in pieces and in any order: its begin is missing. Zeros within are damage."""
    held = line.lstrip(b"\0")
    return held != line and b"\0" not in held


def _checked(line: bytes) -> str | None:
    parts = _CHECKED.fullmatch(line)
    whole = parts is not None and int(parts[2], 16) == zlib.crc32(parts[1])
    return parts[1].decode("utf-8", "replace") if parts and whole else None


def _open_locked(path: Path) -> int:
    for _ in range(_TRIES):
        file = private_files.open_file(path, os.O_RDWR | os.O_CREAT)
        if _lock(file) and os.fstat(file).st_nlink:
            return file
        os.close(file)  # a sweeper took the new file for one of a dead claim, and removes it once the batch is released
        time.sleep(_BETWEEN_TRIES)
    raise OSError(errno.EAGAIN, "the journal is held by another process")


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fates(batch_id: int, fence: int, lines: list[str | None]) -> Fates:
    written: set[int] = set()
    heard: dict[int, Accepted | Deferred | Refused] = {}
    whole = lines[:1] == [f"B {_boot()}"]
    for line in lines[1:] if whole else lines:
        if line is None:
            whole = False
        elif wrote := _WROTE.fullmatch(line):
            written.add(int(wrote[1]))
        elif said := _HEARD.fullmatch(line):
            heard[int(said[1])] = _answer(*said.groups()[1:])
        else:
            whole = False
    return Fates(batch_id, fence, frozenset(written), heard, complete=whole)


def _answer(kind: str, at: str | None, code: str, status: str, reply: str) -> Accepted | Deferred | Refused:
    told = int(code), "" if status == "-" else status, _unescape(reply)
    return Accepted(*told) if kind == "accepted" else _REFUSALS[kind](*told, at or "")


@cache
def _boot() -> str:
    """The id of this start of the machine (proc(5): random/boot_id); empty where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _unescape(reply: str) -> str:
    parts = reply.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
