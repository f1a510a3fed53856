"""The files of a move: a file, a folder, a ZIP archive or standard input, each opened as often as it must be read.

An archive is read where it lies, never unpacked: names that lead elsewhere have nowhere to lead, and what swells is bounded.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, BinaryIO, cast

from newsletter.errors import InputError, NotFoundError

STANDARD = "-"
MOST_FILES = 100_000
MOST_OCTETS = 2 << 30
"""Octets that all files of an archive may have, unpacked."""
MOST_RATIO = 200
"""Times that a file of an archive may swell: text of lists swells about ten times."""
LEAST_JUDGED = 1 << 20
"""Below so many octets no ratio is judged."""
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers", ".docx")
_IN_MEMORY = 8 << 20
_INPUT = "standard input"
_PIECE = 1 << 16


@dataclass(frozen=True)
class MovedFile:
    """One file: its name with the folders it lies in, its octets, and a way to open it. `named`: somebody named it, and no folder about it."""

    name: str
    octets: int
    open: Callable[[], IO[bytes]]
    named: bool = False


class Meter:
    """Counts the octets that were read of files."""

    def __init__(self) -> None:
        self.octets = 0

    def over(self, file: MovedFile) -> MovedFile:
        """Return the file as one whose octets are counted when they are read."""
        return replace(file, open=lambda: io.BufferedReader(_Metered(file.open(), self), _PIECE))


class _Metered(io.RawIOBase):
    def __init__(self, file: IO[bytes], meter: Meter) -> None:
        super().__init__()
        self._file, self._meter = file, meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        octets = self._file.read(len(buffer))
        self._meter.octets += len(octets)
        buffer[: len(octets)] = octets
        return len(octets)

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def opened(
    paths: Sequence[str], standard: BinaryIO | None = None, *, tells: Callable[[str], bool] = lambda _: False
) -> Iterator[list[MovedFile]]:
    """Give the files of all paths, folders and archives in the order of their names.

    The name of a folder or archive stands before the names of what lies in it where it `tells` something of them. Hidden files are
    passed over, but for those whose name `tells` something.

    Raises NotFoundError for what is not there, InputError for an archive that is broken, locked, too large or leads elsewhere.
    """
    with ExitStack() as stack:
        found: list[MovedFile] = []
        for path in paths:
            opening = _Opening(stack, tells)
            found += opening.of_input(standard) if path == STANDARD else opening.of_path(Path(path))
            if len(found) > MOST_FILES:
                raise InputError(f"these are more than {MOST_FILES:,} files", where=path)
        yield [replace(file, name=_printable(file.name)) for file in found]


def _printable(name: str) -> str:
    """Return a name as it can be told and stored, whatever octets it has."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


class _Opening:
    """Opens what paths name; what must stay open meanwhile is closed with the stack."""

    def __init__(self, stack: ExitStack, tells: Callable[[str], bool]) -> None:
        self._stack = stack
        self._tells = tells

    def of_path(self, path: Path) -> list[MovedFile]:
        if not path.exists():
            raise NotFoundError("there is no such file", where=str(path), remedy="is the path right?")
        if not path.is_dir():
            return [replace(file, named=file.name == str(path)) for file in self._of_file(path, str(path))]
        files = sorted(
            each for each in path.rglob("*") if each.is_file() and not self._is_passed_over(each.relative_to(path))
        )
        if not files:
            raise InputError("there is no file in this folder", where=str(path))
        within = self._telling(path)
        return [file for each in files for file in self._of_file(each, f"{within}{each.relative_to(path)}")]

    def _telling(self, path: Path) -> str:
        """Return what to put before names of what lies in a folder or archive: its own name, where that says who stands in it."""
        return f"{path.stem}/" if self._tells(f"{path.stem}/-") else ""

    def _of_file(self, path: Path, name: str) -> list[MovedFile]:
        try:
            if not path.is_file():  # a pipe, which can be read once
                with path.open("rb") as pipe:
                    return self._of_stream(pipe, name)
            with path.open("rb") as file:
                head = file.read(4)
            octets = path.stat().st_size
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
        if head == b"PK\x03\x04" and not _is_spreadsheet(path.name):
            return self._of_archive(path, name)
        return [MovedFile(name, octets, lambda: path.open("rb"))]

    def of_input(self, standard: BinaryIO | None) -> list[MovedFile]:
        if standard is None:
            raise InputError("there is no standard input here", where=STANDARD)
        return [replace(file, named=file.name == _INPUT) for file in self._of_stream(standard, _INPUT)]

    def _of_stream(self, stream: IO[bytes], name: str) -> list[MovedFile]:
        """What can be read only once is kept where it can be read again."""
        kept = self._stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the stack closes it
        octets = 0
        while piece := stream.read(_PIECE):
            octets += len(piece)
            if octets > MOST_OCTETS:
                raise InputError(f"it is larger than {MOST_OCTETS >> 30} GiB", where=name)
            kept.write(piece)
        kept.seek(0)
        if kept.read(4) == b"PK\x03\x04":
            kept.seek(0)
            return self._of_zip(cast("IO[bytes]", kept), name)
        return [MovedFile(name, octets, lambda: read_again(cast("IO[bytes]", kept)))]

    def _of_archive(self, path: Path, name: str) -> list[MovedFile]:
        return self._of_zip(self._stack.enter_context(path.open("rb")), name)

    def _of_zip(self, file: IO[bytes], name: str) -> list[MovedFile]:
        try:
            archive = self._stack.enter_context(zipfile.ZipFile(file))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(
                f"this ZIP archive cannot be read: {error}", where=name, remedy="download it anew"
            ) from None
        members = [each for each in archive.infolist() if not each.is_dir()]
        _check(members, name)
        within = self._telling(Path(name))
        return [
            MovedFile(within + each.filename, each.file_size, _opener(archive, each, name))
            for each in sorted(members, key=lambda each: each.filename)
            if not self._is_passed_over(PurePosixPath(each.filename))
        ]

    def _is_passed_over(self, path: PurePath) -> bool:
        """Tell whether a file is hidden, and its name `tells` nothing; what macOS keeps beside a file (`._list.csv`) is passed over always."""
        return _is_hidden(path.parts) and (path.name.startswith("._") or not self._tells(str(path)))


def read_again(file: IO[bytes]) -> IO[bytes]:
    """Return a file from its beginning; it stays open when that is closed."""
    return io.BufferedReader(_Again(file))


class _Again(io.RawIOBase):
    """A file read from its beginning that stays open when a reader closes it."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        octets = self._file.read(len(buffer))
        buffer[: len(octets)] = octets
        return len(octets)


def _check(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MOST_FILES:
        raise InputError(f"it holds more than {MOST_FILES:,} files", where=name)
    if sum(each.file_size for each in members) > MOST_OCTETS:
        raise InputError(
            f"it holds more than {MOST_OCTETS >> 30} GiB", where=name, remedy="move in its parts one by one"
        )
    for each in members:
        where = f"{name}: {each.filename[:200]}"
        parts = PurePosixPath(each.filename.replace("\\", "/")).parts
        if ".." in parts or each.filename.startswith(("/", "\\")) or (parts and parts[0].endswith(":")):
            raise InputError(
                "this name leads out of the archive", where=where, remedy="is it the file your product gave you?"
            )
        if each.flag_bits & 0x1:
            raise InputError("it is locked with a password", where=where, remedy="unpack it, and name the folder")
        if each.file_size > max(LEAST_JUDGED, MOST_RATIO * each.compress_size):
            raise InputError(
                f"it swells more than {MOST_RATIO} times", where=where, remedy="is it the file your product gave you?"
            )


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Callable[[], IO[bytes]]:
    def opened_member() -> IO[bytes]:
        try:
            return _Bounded(archive.open(member), member.file_size, f"{name}: {member.filename[:200]}")
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise InputError(f"it cannot be unpacked: {error}", where=f"{name}: {member.filename[:200]}") from None

    return opened_member


class _Bounded(io.BufferedReader):
    """A member of an archive that gives no more octets than it promised, and tells a broken one in words."""

    def __init__(self, file: IO[bytes], octets: int, where: str) -> None:
        super().__init__(_Member(file, octets, where))


class _Member(io.RawIOBase):
    def __init__(self, file: IO[bytes], octets: int, where: str) -> None:
        super().__init__()
        self._file, self._left, self._where = file, octets, where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            octets = self._file.read(len(buffer))
        except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise InputError(f"it is broken: {error}", where=self._where, remedy="download it anew") from None
        except Exception as error:  # noqa: BLE001 - each method of packing has errors of its own (zlib.error, LZMAError)
            raise InputError(f"it is broken: {error}", where=self._where, remedy="download it anew") from None
        self._left -= len(octets)
        if self._left < 0:
            raise InputError("it holds more than it promised", where=self._where)
        buffer[: len(octets)] = octets
        return len(octets)


def _is_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _is_spreadsheet(name: str) -> bool:
    return name.lower().endswith(SPREADSHEETS)
