"""Put a backup into an empty place: all of it or nothing, and nothing of it sends by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

import structlog

from newsletter.accounts.permissions import require
from newsletter.backup.archive import BackupManifest, BackupReader, reading
from newsletter.backup.folders import SETTINGS, Folders
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError, UnavailableError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store import migrating
from newsletter.store.backup import holding, loading
from newsletter.store.backup.holding import Held
from newsletter.store.backup.loading import ToldTable
from newsletter.store.database import Database
from newsletter.transports.image_store.base import ImageStore

log = structlog.get_logger(__name__)

TAKEN_BACK_WITHIN = timedelta(hours=24)
"""A scheduled issue whose moment is nearer than this, or past, is a draft again: whoever restores has other things to look at."""


@dataclass(frozen=True, slots=True)
class RestoredService:
    """What was restored, and what was held: see `Held`; `unlike_keys` are key settings that are others here than in the backup."""

    made_at: datetime
    release: str
    rows: int
    images: int
    keys: bool
    held: Held
    migrated: list[str] = field(default_factory=list)
    missing_images: list[str] = field(default_factory=list)
    unlike_keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restoring:
    """The tools of restoring, put together once per process."""

    database: Database
    clock: Clock
    images: ImageStore
    folders: Folders

    def restore(self, path: Path, *, by: Actor) -> RestoredService:
        """Restore a backup into an empty database and empty folders.

        Everything in the file is checked before anything is written; whatever then goes wrong, nothing of it stays, and images that were in
        the store before are left. Raises ForbiddenError;
        InputError for a file that is no backup, or damaged; ConflictError when the place is not empty, or the backup is of a newer release.
        """
        require(by, Right.MANAGE_SERVICE, None)
        with reading(path) as archive:
            _see_known(archive.manifest)
            self._see_empty()
            archive.verify()
            placed, put = [], []  # type: tuple[list[Path], list[str]]
            try:
                self._put_files(archive, placed, put)
                return self._restore_ledger(archive, by)
            except BaseException:
                self._take_away(placed, put)
                raise

    def _see_empty(self) -> None:
        self.folders.see_empty()
        if not migrating.is_empty(self.database):
            raise ConflictError(
                "the database is not empty: it has tables",
                where="database",
                remedy="name one without tables; `newsletter restore` makes them itself",
            )

    def _put_files(self, archive: BackupReader, placed: list[Path], put: list[str]) -> None:
        for member in archive.named("images"):
            name, content = PurePosixPath(member).name, archive.whole(member)
            if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
                raise InputError(f"{member} is another image than it says", where="backup")
            if self._has_image(name):
                continue  # another service may show it: it is none of what this restore made
            put.append(name)  # before it is there, for whoever is stopped between the two
            self.images.put(name, content)
        for member in [*archive.named("keys"), *archive.named("journal"), *archive.named("events")]:
            pieces = archive.pieces(member)
            if member.startswith("journal/"):
                pieces = _of_another_machine(pieces)
            placed.append(self.folders.put(member, pieces))

    def _has_image(self, name: str) -> bool:
        try:
            stored = self.images.open(name)
        except NotFoundError:
            return False
        digest = hashlib.sha256()
        for piece in stored.pieces:
            digest.update(piece)
        if digest.hexdigest() != name.partition(".")[0]:
            remedy = "remove that file there, or name another image store"
            raise ConflictError(
                "the image store holds something else by the name of an image", where=name, remedy=remedy
            )
        return True

    def _restore_ledger(self, archive: BackupReader, by: Actor) -> RestoredService:
        manifest = archive.manifest
        with migrating.building(self.database, manifest.revision) as connection:
            rows = loading.load_all(connection, _told_tables(archive), archive.lines, manifest.last_ids)
            if table := migrating.broken_table(connection):
                raise InputError(f"rows of {table} refer to rows that are not in it", where="backup")
            migrated = migrating.finish(connection)
            now, made_at = self.clock.now(), datetime.fromisoformat(manifest.made_at)
            held = holding.hold(connection, made_at=made_at, now=now, until=now + TAKEN_BACK_WITHIN, by=by)
        return RestoredService(
            made_at,
            manifest.release,
            rows,
            len(archive.named("images")),
            manifest.keys,
            held,
            migrated,
            manifest.missing_images,
            self._unlike_keys(archive),
        )

    def _unlike_keys(self, archive: BackupReader) -> list[str]:
        if SETTINGS not in archive.manifest.members:
            return []
        lines = archive.whole(SETTINGS).decode().splitlines()
        given = dict(line.split("=", 1) for line in lines if "=" in line)
        return sorted(name for name, value in given.items() if self.folders.key_settings.get(name) != value)

    def _take_away(self, placed: list[Path], put: list[str]) -> None:
        for place in placed:
            place.unlink(missing_ok=True)
        for name in put:
            try:
                self.images.remove(name)
            except UnavailableError as error:  # the first error is the one to tell
                log.warning(
                    "images of a restore that failed stay in the image store", images=len(put), error=str(error)
                )
                return


def _see_known(manifest: BackupManifest) -> None:
    if manifest.revision > migrating.head():
        raise ConflictError(
            f"it was made by release {manifest.release} at {manifest.revision}, newer than this one knows ({migrating.head()})",
            where="backup",
            remedy="install that release, or a later one",
        )
    if manifest.revision not in migrating.revisions():
        raise InputError(f"there never was a revision {manifest.revision}", where="backup")


def _told_tables(archive: BackupReader) -> list[ToldTable]:
    """Return what the manifest tells of each table. Raises InputError when the rows of one are not there."""
    manifest, told = archive.manifest, []
    for name, columns in manifest.tables.items():
        member = f"ledger/{name}.jsonl"
        if member not in manifest.members:
            raise InputError(f"it lacks the rows of {name[:60]}", where="backup")
        told.append(ToldTable(name, columns, member, manifest.members[member].rows))
    return told


def _of_another_machine(journal: Iterator[bytes]) -> Iterator[bytes]:
    """Give a journal without its first line, which says on which start of the machine its end can be trusted: here on none.

    It was read while somebody wrote it. So what it tells is believed, and of what it does not tell nobody can know.
    """
    within = False
    for piece in journal:
        _, end, rest = (b"", b"", piece) if within else piece.partition(b"\n")
        within = within or bool(end)
        if within:
            yield rest
