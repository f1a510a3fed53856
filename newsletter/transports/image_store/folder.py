"""Images in a folder, for the owner alone, in 256 folders below it so that none grows without end."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from newsletter import private_files
from newsletter.errors import NotFoundError, UnavailableError
from newsletter.transports.image_store.base import PIECE, StoredFile

_PROBE = "is-writable"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FolderStore:
    """See `newsletter.transports.image_store.base.ImageStore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Write the file beside its place, sync it, and give it its name."""
        path = self._path(name)
        try:
            private_files.keep(path, content)
        except OSError as error:
            raise self._broken(error) from None

    def open(self, name: str) -> StoredFile:
        """Look for the file; it is opened when its first piece is asked for."""
        path = self._path(name)
        try:
            octets = path.stat().st_size
        except FileNotFoundError:
            raise NotFoundError("there is no such image", where=name) from None
        except OSError as error:
            raise self._broken(error) from None
        return StoredFile(octets, _pieces(path))

    def remove(self, name: str) -> None:
        """Unlink the file."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise self._broken(error) from None

    def close(self) -> None:
        """Nothing stays open."""

    def check(self) -> str:
        """Write, read and remove a file of its own."""
        try:
            private_files.make_folder(self._folder)
            draft = private_files.draft_of(self._folder / _PROBE, b"probe")
            whole = draft.read_bytes() == b"probe"
            draft.unlink()
        except OSError as error:
            raise self._broken(error) from None
        if not whole:
            raise UnavailableError("what was written is not what is read", where=str(self._folder))
        return str(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _broken(self, error: OSError) -> UnavailableError:
        remedy = "free some space there" if error.errno in _NO_ROOM else "may this process write there?"
        return UnavailableError(f"images cannot be kept: {error.strerror}", where=str(self._folder), remedy=remedy)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
