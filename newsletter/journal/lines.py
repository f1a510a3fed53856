"""Files of lines that outlive kill -9 of the process that writes them.

Lines are appended through a shared memory mapping, without fsync: the page cache survives the process, and only the
process is expected to die. (A write(2) for each line would give up the interpreter's lock twice, and wait for it twice.)
The space is set aside first, so that a full disk is an error when the file is opened, not a signal when it is written.
The process that writes holds a lock: a file that can be locked belongs to a dead one.

Each line ends with the CRC-32 of what stands before it, in hexadecimal: a flipped bit is seen, and the line proves nothing.
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
from pathlib import Path

from newsletter import private_files
from newsletter.errors import StoreError

FIRST_OCTETS = 262_144
"""Set aside at once: the lines of 1,000 messages with replies of usual length; it doubles when they are longer."""
ROOM = 65_536
"""Octets for the answers to what is on the wire: they are there before another message is begun."""
_TRIES, _BETWEEN_TRIES = 100, 0.01
_CHECKED = re.compile(rb"(.*) ([0-9a-f]{1,8})", re.DOTALL)


class CannotWrite(StoreError):  # noqa: N818 - what it says
    """A file of lines cannot be made or grow: the disk is full, read-only, or not ours."""


class Lines:
    """A file of lines, made and locked here. Raises CannotWrite when it cannot be made or grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end = 0
        with self.told():
            private_files.make_folder(path.parent)
            self._file = _open_locked(path)
            try:
                self._mapping = self._mapped(FIRST_OCTETS)
            except OSError:  # whoever finds no room tries again and again
                path.unlink(missing_ok=True)
                os.close(self._file)
                raise

    @property
    def empty(self) -> bool:
        """Whether nothing was written yet."""
        return not self._end

    def append(self, line: bytes) -> None:
        """Write a line, given without its end: a checksum and a line feed follow."""
        line += b" %x\n" % zlib.crc32(line)
        end = self._end + len(line)
        if end >= len(self._mapping):  # one zero octet stays at the end: a file without it was cut
            with self.told():
                self._widen(2 * end)
        self._mapping[self._end : end] = line
        self._end = end

    def sync(self) -> None:
        """Wait until the disk has it. Raises CannotWrite."""
        with self.told():
            os.fsync(self._file)

    def make_room(self) -> None:
        """See that a good many lines more will find their place. Raises CannotWrite."""
        if self._end + ROOM > len(self._mapping):
            with self.told():
                self._widen(2 * len(self._mapping))

    def _widen(self, octets: int) -> None:
        wider = self._mapped(octets)
        self._mapping.close()
        self._mapping = wider

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
    def told(self) -> Iterator[None]:
        """Turn what the file system says into a StoreError that names the folder: the files come and go."""
        try:
            yield
        except OSError as error:
            raise CannotWrite(
                f"cannot write {self.path.parent}: {error.strerror}",
                where="journal",
                remedy="free some space, or set NEWSLETTER_DATA_DIR",
            ) from error


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
