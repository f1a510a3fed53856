"""Put all of a service into one file, while it runs and sends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from newsletter import __version__
from newsletter.accounts.permissions import require
from newsletter.backup.archive import PIECE, BackupManifest, BackupWriter, writing
from newsletter.backup.folders import SETTINGS, Folders
from newsletter.clock import Clock
from newsletter.errors import ConflictError, NotFoundError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store import migrating
from newsletter.store.accounts import audit
from newsletter.store.backup.neutral import kinds_of
from newsletter.store.backup.reading import LedgerSnapshot, snapshot
from newsletter.store.database import Database
from newsletter.transports.image_store.base import ImageStore


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """What was put into a file: octets of that, rows, images, and the images that were not in the store."""

    octets: int
    rows: int
    images: int
    made_at: datetime
    keys: bool
    missing_images: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Files in the folders of keys and journals that are none of ours."""


@dataclass(frozen=True)
class BackingUp:
    """The tools of taking backups, put together once per process."""

    database: Database
    clock: Clock
    images: ImageStore
    folders: Folders

    def make(self, path: Path, *, keys: bool = True, by: Actor) -> MadeBackup:
        """Write a backup to a new file: ledger, images, journals, and the keys unless they are left out.

        All of the ledger is from one moment. Journals are read right after it, so that they tell no less than the ledger; images
        after that, and one that was removed meanwhile is missing. Raises ForbiddenError; ConflictError when there is such a file, or the
        tables have another shape; InputError; StoreError; UnavailableError when the image store is down.
        """
        require(by, Right.MANAGE_SERVICE, None)
        _see_migrated(self.database)
        with writing(path) as archive:
            with snapshot(self.database) as ledger:
                made_at = self.clock.now()
                self._add_files(archive, keys=keys)
                manifest = self._add_ledger(archive, ledger, made_at, keys=keys)
                names = ledger.images()
            missing = self._add_images(archive, names)
            manifest = manifest.model_copy(update={"members": archive.members, "missing_images": missing})
            archive.finish(manifest)
        self._write_down(by)
        rows = sum(member.rows for member in archive.members.values())
        return MadeBackup(
            path.stat().st_size, rows, len(names) - len(missing), made_at, keys, missing, self.folders.left_out()
        )

    def _add_files(self, archive: BackupWriter, *, keys: bool) -> None:
        for name, path in self.folders.journal_files():
            pieces = _pieces(path)
            if pieces is not None:  # else it went meanwhile: what it told is in the ledger by now
                archive.add(name, pieces)
        if not keys:
            return
        for name, path in self.folders.key_files():
            pieces = _pieces(path)
            if pieces is not None:
                archive.add(name, pieces)
        if given := self.folders.key_settings:
            archive.add(SETTINGS, [f"{name}={value}\n".encode() for name, value in given.items()])

    def _add_ledger(
        self, archive: BackupWriter, ledger: LedgerSnapshot, made_at: datetime, *, keys: bool
    ) -> BackupManifest:
        for table in ledger.tables:
            archive.add(f"ledger/{table.name}.jsonl", ledger.rows(table))
        return BackupManifest(
            release=__version__,
            revision=migrating.head(),
            made_at=made_at.isoformat(),
            database=self.database.dialect,
            keys=keys,
            tables={
                table.name: {name: kind.value for name, kind in kinds_of(table).items()} for table in ledger.tables
            },
            last_ids=ledger.last_ids(),
            members={},
        )

    def _add_images(self, archive: BackupWriter, names: list[str]) -> list[str]:
        missing = []
        for name in names:
            try:
                pieces = self.images.open(name).pieces
            except NotFoundError:
                missing.append(name)
                continue
            archive.add(f"images/{name}", pieces, packed=False)  # they are packed as they are
        return missing

    def _write_down(self, by: Actor) -> None:
        with self.database.write() as session:
            audit.add(session, by, "service.backup", audit.Subject("service"), at=self.clock.now())


def _see_migrated(database: Database) -> None:
    if migrating.pending(database):
        raise ConflictError(
            f"the database is at {migrating.current(database) or 'nothing'}, and this release needs {migrating.head()}",
            where="database",
            remedy="run `newsletter migrate`, or take the backup with the release that wrote it",
        )


def _pieces(path: Path) -> Iterator[bytes] | None:
    """Give what a file holds now, and nothing that is added meanwhile; None where it is gone. It is open from here on."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    return _read(file, os.fstat(file.fileno()).st_size)


def _read(file: BinaryIO, octets: int) -> Iterator[bytes]:
    with file:
        while octets and (piece := file.read(min(PIECE, octets))):
            octets -= len(piece)
            yield piece
