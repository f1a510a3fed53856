"""Files that a text names, beside it in a folder or packed with it: nothing outside is ever read.

A name is a relative path with slashes. One that climbs out, is absolute, or leads out by a link is refused, and so is what is too large.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from newsletter.errors import InputError

MAX_ENTRIES = 500
"""Files in an archive."""
MAX_PACKED = 60 * 1024 * 1024
"""Octets of an archive."""
MAX_UNPACKED = 120 * 1024 * 1024
"""Octets of all that an archive holds."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the latter begins an empty archive
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_PIECE = 64 * 1024


class Files(Protocol):
    """Where the files lie that a text names."""

    def read(self, name: str, most: int) -> bytes:
        """Return a file of at most `most` octets. Raises InputError, which says what is wrong with this name or file."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The files beside a text, in its folder and those below."""

    folder: Path

    def read(self, name: str, most: int) -> bytes:
        """Read a regular file. Links may lead about within the folder, and not out of it."""
        path = self.folder.joinpath(*_parts(name))
        try:
            real, home = path.resolve(strict=True), self.folder.resolve(strict=True)
            if not real.is_relative_to(home):
                raise InputError("a link leads out of the folder of the text", remedy="copy the file itself beside it")
            descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise InputError("this is no file", remedy="name an image")
                return _bounded(file.read(most + 1), most)
        except FileNotFoundError:
            raise _missing() from None
        except (OSError, ValueError, RuntimeError) as error:  # a name too long, NUL in it, links in a circle
            said = (error.strerror if isinstance(error, OSError) else None) or "no such name can be"
            raise InputError(f"it cannot be read: {said}", remedy="put the file beside the text") from None


@dataclass(frozen=True, slots=True)
class Packed:
    """The files of an archive, seen from the folder of its one text."""

    archive: zipfile.ZipFile
    entries: Mapping[str, zipfile.ZipInfo]
    text_name: str

    def read(self, name: str, most: int) -> bytes:
        """Unpack one file."""
        parts = _parts(name)
        entry = self.entries.get(str(PurePosixPath(self.text_name).parent.joinpath(*parts)))
        if entry is None:
            raise _missing()
        return _bounded(self._unpacked(entry, most + 1), most)

    def text(self, most: int) -> bytes:
        """Return the text. Raises InputError."""
        return _bounded(self._unpacked(self.entries[self.text_name], most + 1), most)

    def _unpacked(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        found = bytearray()
        try:
            with self.archive.open(entry) as file:
                while len(found) < most and (piece := file.read(min(_PIECE, most - len(found)))):
                    found += piece  # what an entry says of its own size is not believed
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
        ) as error:
            said = type(error).__name__
            raise InputError(
                f"it cannot be unpacked: {said}", remedy="pack the files anew, without a password"
            ) from None
        return bytes(found)


def is_packed(octets: bytes) -> bool:
    """Whether these are the first octets of a ZIP archive."""
    return octets.startswith(_ZIP)


def unpack(octets: bytes, *, where: str) -> Packed:
    """Return the files of an archive that holds one text, `*.md`. Raises InputError; nothing is written anywhere.

    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(octets))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise InputError("this is no ZIP archive, or a broken one", where=where, remedy="pack the files anew") from None
    listed = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_ignored(entry.filename)]
    _check_bounds(listed, where)
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in listed:
        name = _checked_name(entry, where)
        if name in entries:
            raise InputError(f"two files are called {name[:80]!r}", where=where, remedy="pack the files anew")
        entries[name] = entry
    texts = sorted(name for name in entries if name.lower().endswith(".md"))
    if len(texts) != 1:
        what = f"the archive holds {len(texts)} texts, and an issue is one"
        raise InputError(what, where=where, remedy="pack one .md with the images that it names")
    return Packed(archive, entries, texts[0])


def _check_bounds(listed: list[zipfile.ZipInfo], where: str) -> None:
    if len(listed) > MAX_ENTRIES:
        what = f"the archive holds {len(listed):,} files, more than {MAX_ENTRIES}"
        raise InputError(what, where=where, remedy="pack the text and its images alone")
    if sum(entry.file_size for entry in listed) > MAX_UNPACKED:
        what = f"the archive holds more than {MAX_UNPACKED:,} octets"
        raise InputError(what, where=where, remedy="pack the text and its images alone, and make them smaller")


def _checked_name(entry: zipfile.ZipInfo, where: str) -> str:
    """Return the name of an entry. Nothing is unpacked to a disk; still an archive that tries to climb out is refused whole."""
    mode = entry.external_attr >> 16
    try:
        parts = _parts(entry.filename)
    except InputError as error:
        raise InputError(f"{entry.filename[:80]!r}: {error.what}", where=where, remedy="pack the files anew") from None
    if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
        what = f"{entry.filename[:80]!r} is a link, or no file"
        raise InputError(what, where=where, remedy="pack the files themselves")
    return "/".join(parts)


def _parts(name: str) -> list[str]:
    """Return the steps of a relative path. Raises InputError for one that is absolute, climbs, or belongs to another system."""
    parts = name.split("/")
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ":" in parts[0]:
        raise InputError("this is no path beside the text", remedy="put the file beside the text, and name it alone")
    steps = [part for part in parts if part not in {"", "."}]
    if ".." in steps or not steps:
        raise InputError("this path leads out of the folder of the text", remedy="put the file beside the text")
    return steps


def _is_ignored(name: str) -> bool:
    return name.startswith(_IGNORED[0]) or name.rpartition("/")[2] in _IGNORED


def _bounded(content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise InputError(f"the file is larger than {most:,} octets", remedy="make it smaller")
    return content


def _missing() -> InputError:
    return InputError("there is no such file beside the text", remedy="put it there, or name an address with https://")
