"""The file of a backup: a ZIP archive (APPNOTE 6.3, with ZIP64) whose last member, the manifest, has the SHA-256 of each other one.

    ledger/<table>.jsonl     a row a line (newsletter.store.backup.neutral)
    images/<digest>.png      as the image store has it
    keys/..., journal/..., events/...   files of the data folder
    manifest.json            what this is, from when and of which release, and every member with its digest and length

It is written beside its place and linked there when it is whole and on the disk. Nothing is ever unpacked by a name in it: a reader
takes the members that the manifest tells of, and only names of these shapes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from newsletter import private_files
from newsletter.errors import ConflictError, InputError

MANIFEST = "manifest.json"
FORMAT = "newsletter-backup"
MOST_MANIFEST_OCTETS = 256 * 1024 * 1024
"""A million images take 182 MB of it, and 1.4 GB of memory where they are read."""
MOST_LINE_OCTETS = 256 * 1024 * 1024
MOST_FILE_OCTETS = 64 * 1024 * 1024
PIECE = 256 * 1024
_GATHERED = 256 * 1024
"""Octets of rows that are packed at once."""
_LEVEL = 1
_WHOLE = ("keys/", "images/")
"""Members that a reader holds in memory as a whole; tables and journals are read in pieces."""
_NAME = re.compile(
    r"ledger/[a-z][a-z_]{0,60}\.jsonl"
    r"|images/[0-9a-f]{64}\.[a-z]{3,4}"
    r"|(?:keys|journal|events)/(?:[A-Za-z0-9_][A-Za-z0-9_.@-]{0,120}/){0,2}[A-Za-z0-9_][A-Za-z0-9_.@-]{0,120}"
)


def may_be_named(name: str) -> bool:
    """Tell whether a member may have this name: a writer takes no other, for a reader would refuse it."""
    return _NAME.fullmatch(name) is not None


class BackupMember(BaseModel):
    """One member: SHA-256 and length of what it holds unpacked, and of a table the rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    octets: Annotated[int, Field(ge=0)]
    rows: Annotated[int, Field(ge=0)] = 0


class BackupManifest(BaseModel):
    """What a backup is: when and by which release it was made, at which revision, and all that is in it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal["newsletter-backup"] = "newsletter-backup"
    layout: Literal[1] = 1
    release: str
    revision: Annotated[str, Field(pattern=r"^\d{4}$")]
    made_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$")]
    database: str
    keys: bool
    tables: dict[str, dict[str, str]]
    last_ids: dict[str, int]
    missing_images: list[str] = []
    members: dict[str, BackupMember]

    @field_validator("made_at")
    @classmethod
    def _is_a_moment(cls, value: str) -> str:
        datetime.fromisoformat(value)
        return value


class BackupWriter:
    """Writes the members of one archive, and remembers what each holds."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, BackupMember] = {}

    def add(self, name: str, pieces: Iterable[bytes], *, packed: bool = True) -> BackupMember:
        """Write a member from pieces; those of a table are its rows. Raises InputError for one that no reader would take."""
        if not may_be_named(name):
            raise _not_kept(f"{name[:120]!r} has a name that no backup has")
        told = zipfile.ZipInfo(name)
        told.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        told.external_attr = private_files.FILE_MODE << 16
        digest, octets, rows = hashlib.sha256(), 0, 0
        with self._archive.open(told, "w", force_zip64=True) as member:
            for some, number in _gathered(_short(name, pieces) if name.startswith("ledger/") else pieces):
                digest.update(some)
                octets, rows = octets + len(some), rows + number
                if octets > MOST_FILE_OCTETS and name.startswith(_WHOLE):
                    raise _not_kept(f"{name} is larger than {MOST_FILE_OCTETS:,} octets")
                member.write(some)
        made = BackupMember(sha256=digest.hexdigest(), octets=octets, rows=rows if name.startswith("ledger/") else 0)
        self.members[name] = made
        return made

    def finish(self, manifest: BackupManifest) -> None:
        """Write the manifest. Raises InputError for one that no reader would take."""
        told = manifest.model_dump_json().encode()
        if len(told) > MOST_MANIFEST_OCTETS:
            raise _not_kept(
                f"its list of contents has {len(told):,} octets, and {MOST_MANIFEST_OCTETS:,} at most are read"
            )
        self._archive.writestr(MANIFEST, told, zipfile.ZIP_DEFLATED)


def _short(name: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        if len(line) > MOST_LINE_OCTETS:
            raise _not_kept(f"{name} has a row of more than {MOST_LINE_OCTETS:,} octets")
        yield line


def _not_kept(why: str) -> InputError:
    return InputError(why, where="backup", remedy="nothing was written; move that away, and take the backup again")


def _gathered(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    held = bytearray()
    number = 0
    for piece in pieces:
        held += piece
        number += 1
        if len(held) >= _GATHERED:
            yield bytes(held), number
            held.clear()
            number = 0
    yield bytes(held), number


@contextmanager
def writing(path: Path) -> Iterator[BackupWriter]:
    """Write a new archive: it is at its place when it is whole, for us alone. Raises ConflictError when there is such a file, InputError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if path.exists():
            raise ConflictError("there is such a file", where=str(path), remedy="name another one")
        descriptor = private_files.open_file(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                with zipfile.ZipFile(file, "w", compresslevel=_LEVEL) as archive:
                    yield BackupWriter(archive)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError:
        raise ConflictError("there is such a file", where=str(path), remedy="name another one") from None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from None


class BackupReader:
    """An archive that is read; whatever it says is looked at before it is believed."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self._archive = archive
        self._where = where
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> BackupManifest:
        names = self._archive.namelist()
        if names.count(MANIFEST) != 1:
            raise self._refused("it is no backup of this program")
        try:
            with self._archive.open(MANIFEST) as member:
                octets = member.read(MOST_MANIFEST_OCTETS + 1)
            if len(octets) > MOST_MANIFEST_OCTETS or json.loads(octets).get("format") != FORMAT:
                raise self._refused("it is no backup of this program")
            manifest = BackupManifest.model_validate_json(octets)
        except (ValidationError, ValueError, AttributeError, zipfile.BadZipFile, zlib.error, NotImplementedError):
            raise self._refused("its list of contents cannot be read: it is damaged, or of a later release") from None
        if strange := [name for name in manifest.members if not _NAME.fullmatch(name)]:
            raise self._refused(f"it has a member with a name that no backup has: {strange[0][:80]!r}")
        if len(set(names)) != len(names) or set(names) != {MANIFEST, *manifest.members}:
            raise self._refused("its members are not those that it lists")
        return manifest

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give what a member holds. Raises InputError when it is not what the manifest says, at its end at the latest."""
        told, digest, octets = self.manifest.members[name], hashlib.sha256(), 0
        try:
            with self._archive.open(name) as member:
                while piece := member.read(PIECE):
                    octets += len(piece)
                    digest.update(piece)
                    if octets > told.octets:
                        break
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
            raise self._refused(f"{name} is damaged") from None
        if octets != told.octets or digest.hexdigest() != told.sha256:
            raise self._refused(f"{name} is not what was written: its checksum is another")

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a member, without their ends. Raises InputError."""
        held = b""
        for piece in self.pieces(name):
            *lines, held = (held + piece).split(b"\n")
            yield from lines
            if len(held) > MOST_LINE_OCTETS:
                raise self._refused(f"{name} has a row that is longer than any")
        if held:
            raise self._refused(f"{name} ends within a row")

    def whole(self, name: str) -> bytes:
        """Return all that a small member holds. Raises InputError."""
        if self.manifest.members[name].octets > MOST_FILE_OCTETS:
            raise self._refused(f"{name} is larger than any")
        return b"".join(self.pieces(name))

    def verify(self) -> None:
        """Read everything once. Raises InputError at the first member that is not what the manifest says."""
        for name in self.manifest.members:
            for _ in self.pieces(name):
                pass

    def named(self, folder: str) -> list[str]:
        """Return the names of the members in a folder."""
        return [name for name in self.manifest.members if name.startswith(f"{folder}/")]

    def _refused(self, why: str) -> InputError:
        return InputError(why, where=self._where, remedy="nothing was stored; take another backup")


@contextmanager
def reading(path: Path) -> Iterator[BackupReader]:
    """Open an archive. Raises InputError when it is none, or cannot be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            what = "it is no backup, or a part of one: its end is missing"
            raise InputError(what, where=str(path), remedy="nothing was stored; take another backup") from None
        with archive:
            yield BackupReader(archive, str(path))
