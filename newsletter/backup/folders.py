"""The files of a service that a backup keeps, by the name each has in the archive, and where each belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter import private_files
from newsletter.backup.archive import MOST_FILE_OCTETS, may_be_named
from newsletter.errors import ConflictError, InputError

THE_SECRET = "keys/secret_key"  # noqa: S105 - a name
SETTINGS = "keys/settings.env"
"""Keys that are no file, but settings: as lines for `.env`."""
RESTORED_SETTINGS = "restored-settings.env"
_LEDGER_ENDS = ("", "-wal", "-shm", "-journal")
_OF_NOBODY = frozenset({"lost+found"})


@dataclass(frozen=True)
class Folders:
    """Where this service has its files; `ledger` is the file of SQLite, `key_settings` are keys that were given as settings, by name."""

    data: Path
    dkim: Path
    source_secrets: Path
    ledger: Path | None
    key_settings: dict[str, str]

    def key_files(self) -> Iterator[tuple[str, Path]]:
        """Give the files of keys, with their names in an archive."""
        if (self.data / "secret_key").is_file():
            yield THE_SECRET, self.data / "secret_key"
        yield from _below("keys/dkim", self.dkim)
        yield from _below("keys/source-secrets", self.source_secrets)

    def journal_files(self) -> Iterator[tuple[str, Path]]:
        """Give the journals of deliveries and of events, which come and go."""
        yield from _below("journal", self.data / "journal")
        yield from _below("events", self.data / "events")

    def left_out(self) -> list[str]:
        """Return the files in the folders of keys and journals that no backup keeps: a link, a name that is none of ours, one below where ours are."""
        tops = ((self.dkim, "keys/dkim"), (self.source_secrets, "keys/source-secrets"))
        found = [*tops, (self.data / "journal", "journal"), (self.data / "events", "events")]
        return [str(path) for folder, name in found for path in _files(folder) if not _is_kept(name, folder, path)]

    def place_of(self, name: str) -> Path:
        """Return where a file of an archive belongs. Raises InputError for a name that no file of ours has."""
        folder, _, rest = name.partition("/")
        if name == THE_SECRET:
            return self.data / "secret_key"
        if name == SETTINGS:
            return self.data / RESTORED_SETTINGS
        for top, place in (("dkim", self.dkim), ("source-secrets", self.source_secrets)):
            if folder == "keys" and rest.startswith(f"{top}/") and ".." not in rest.split("/"):
                return place / rest.removeprefix(f"{top}/")
        if folder in ("journal", "events") and "/" not in rest:
            return self.data / folder / rest
        raise InputError(f"it has a file that belongs nowhere: {name[:80]!r}", where="backup")

    def see_empty(self) -> None:
        """Raise ConflictError when the folders hold anything but a ledger, which is looked at by itself."""
        ledger = {f"{self.ledger.name}{end}" for end in _LEDGER_ENDS} if self.ledger is not None else set()
        for folder in (self.data, self.dkim, self.source_secrets):
            left = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            held = [name for name in left if name not in ledger | _OF_NOBODY and not _is_hollow(folder / name)]
            if held:
                raise ConflictError(
                    f"the folder is not empty: there is {held[0]}",
                    where=str(folder),
                    remedy="name an empty one; a restore that was killed leaves files, which may be deleted while the database is empty",
                )

    def put(self, name: str, content: Iterable[bytes]) -> Path:
        """Write a file of an archive to its place and return that. Raises ConflictError when there is one, InputError."""
        place = self.place_of(name)
        try:
            made = private_files.keep_pieces(place, content)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=str(place)) from None
        if not made:
            raise ConflictError("there is such a file", where=str(place), remedy="restore into an empty place")
        return place


def _is_hollow(path: Path) -> bool:
    """Tell whether it is a folder without any file, at any depth: whatever looks at a service makes such."""
    return path.is_dir() and not path.is_symlink() and all(_is_hollow(each) for each in path.iterdir())


def _below(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Give the files below a folder that a backup keeps."""
    for path in _files(folder):
        if _is_kept(name, folder, path):
            yield _named(name, folder, path), path


def _files(folder: Path) -> Iterator[Path]:
    """Give all below a folder but folders, and the hidden ones, which are drafts."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and (path.is_symlink() or not path.is_dir()):
            yield path


def _is_kept(name: str, folder: Path, path: Path) -> bool:
    """Tell whether a backup keeps a file: those of journals lie side by side, and a key is small."""
    own = may_be_named(_named(name, folder, path)) and not path.is_symlink()
    if not name.startswith("keys/"):
        return own and path.parent == folder
    try:
        return own and path.is_file() and path.stat().st_size <= MOST_FILE_OCTETS
    except FileNotFoundError:
        return True  # it went meanwhile; whoever reads it sees that


def _named(name: str, folder: Path, path: Path) -> str:
    return "/".join([name, *path.relative_to(folder).parts])
