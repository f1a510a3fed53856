"""The one place that makes files and folders: folders 0700 and files 0600, whatever the umask says.

What was there before is treated by whose it is. A file that bears a name of ours is ours, and made private again whenever it is
opened for writing. A folder is ours when we made it, or found it empty; one that holds something may serve others too, so its mode
is left as it is and `newsletter doctor` tells of it: to take the rights of a folder such as a home or a web root would do harm.

A folder for several machines may be shared by a group: its owner gives it the group's right to read, and what is made in it
follows (`share`). The world never gets a right.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The bits of a mode that belong to the group and to everybody else."""
_GROUP_READS, _GROUP_ENTERS = stat.S_IRGRP, stat.S_IRGRP | stat.S_IXGRP


def make_folder(path: Path, *, share: bool = False) -> None:
    """Make a folder, and those above it that are missing, for us alone; one that is there and empty becomes ours. Raises OSError.

    With `share` a new folder takes the group's right to look in from the folder above it.
    """
    if path.is_dir():
        if not (share and _is_for_group(path)) and _is_empty(path):
            tighten(path)
        return
    if path.parent != path:
        _make_above(path.parent)
    try:
        path.mkdir(mode=FOLDER_MODE)
    except FileExistsError:  # somebody was quicker
        return
    path.chmod(FOLDER_MODE | (_GROUP_ENTERS if share and _is_for_group(path.parent) else 0) | _inherited(path))


def _make_above(path: Path) -> None:
    if not path.is_dir():
        make_folder(path)


def open_file(path: Path, flags: int) -> int:
    """Open a file with `os.open`'s flags and return its descriptor; a regular file of ours is for us alone from here on. Raises OSError."""
    file = os.open(path, flags | os.O_CLOEXEC, FILE_MODE)
    try:
        _tighten_open(file)
    except BaseException:
        os.close(file)
        raise
    return file


def make_file(path: Path) -> None:
    """Make an empty file, or take the rights of others from the one that is there, without opening that. Raises OSError."""
    try:
        os.close(open_file(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        tighten(path)


def write(path: Path, content: bytes) -> None:
    """Write a file anew, in place. Raises OSError. What is no regular file, such as a pipe or /dev/null, keeps its mode."""
    with _named(path), os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
        file.write(content)


def keep(path: Path, content: bytes, *, share: bool = False) -> bool:
    """Make a file, whole or not at all; tell whether it was this call that made it: the first of several processes wins.

    Raises OSError. With `share` it takes the group's right to read from its folder.
    """
    return keep_pieces(path, [content], share=share)


def keep_pieces(path: Path, pieces: Iterable[bytes], *, share: bool = False) -> bool:
    """Make a file as `keep` does, out of pieces; what they raise leaves none."""
    make_folder(path.parent, share=share)
    draft = _drafted(path, pieces, share=share)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace(path: Path, content: bytes, *, share: bool = False) -> None:
    """Put a file in the place of the one that is there, whole or not at all. Raises OSError."""
    draft_of(path, content, share=share).replace(path)


def draft_of(path: Path, content: bytes, *, share: bool = False) -> Path:
    """Write a hidden file beside `path`, synced to the disk, and return where it is. Raises OSError."""
    return _drafted(path, [content], share=share)


def _drafted(path: Path, pieces: Iterable[bytes], *, share: bool) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with _named(path):
        file = open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            _fill(file, pieces, path.parent if share else None)
        except BaseException:
            draft.unlink()  # where a disk is full, each try would leave one
            raise
    return draft


def _fill(descriptor: int, pieces: Iterable[bytes], shared_by: Path | None) -> None:
    with os.fdopen(descriptor, "wb") as file:
        if shared_by is not None and _is_for_group(shared_by):
            os.fchmod(descriptor, FILE_MODE | _GROUP_READS)
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(descriptor)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say which file it was: what is written to an open one fails without a name."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)  # not the draft's name, which says nothing to people
        raise


def tighten(path: Path) -> None:
    """Take the rights of group and others from a file or folder of ours. One that is not there, or belongs to another, is left."""
    try:
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & OF_OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OF_OTHERS)
    except FileNotFoundError:
        return


def too_wide(top: Path, *, allowed: int = 0) -> Iterator[tuple[Path, int]]:
    """Walk a file or folder and give what group or others may reach, with its mode, itself first; links are not followed.

    Bits of `allowed` are no fault, such as the group's right to read a shared folder.
    """
    for path in _walked(top):
        try:
            mode = path.stat().st_mode if path == top else path.lstat().st_mode
        except FileNotFoundError:  # journals come and go
            continue
        if not stat.S_ISLNK(mode) and mode & OF_OTHERS & ~allowed:
            yield path, stat.S_IMODE(mode)


def _walked(top: Path) -> Iterator[Path]:
    yield top
    for folder, folders, files in os.walk(top):
        yield from (Path(folder) / name for name in sorted([*folders, *files]))


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except PermissionError:  # we may write there and not look
        return False


def _tighten_open(file: int) -> None:
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & OF_OTHERS:
        os.fchmod(file, stat.S_IMODE(found.st_mode) & ~OF_OTHERS)


def _is_for_group(folder: Path) -> bool:
    """A plain `mkdir` gives 0755: only who took the world's rights away, and left the group's, meant to share."""
    mode = folder.stat().st_mode
    return mode & _GROUP_ENTERS == _GROUP_ENTERS and not mode & stat.S_IRWXO


def _inherited(path: Path) -> int:
    """The bit that hands the folder's group down, where the folder above set it."""
    return path.stat().st_mode & stat.S_ISGID
