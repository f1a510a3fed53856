"""Files of a move that are not read, and may tell who left: beside lists of readers they refuse the move."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from newsletter.audience.list_file import NO_ADDRESSES
from newsletter.audience.moving.opening import SPREADSHEETS, MovedFile
from newsletter.audience.standing_words import word_of_file
from newsletter.errors import InputError

ACTIVITY = frozenset({"granular_activity", "reports", "posts"})
"""Folders of exports that tell what happened to mails."""
TABLES = (".csv", ".tsv")
_PACKED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar")
_PAGES = frozenset(
    [
        ".html",
        ".htm",
        ".md",
        ".markdown",
        ".css",
        ".js",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".avif",
        ".svg",
        ".ico",
        ".mp3",
        ".m4a",
        ".mp4",
    ]
)
"""Letters and what stands in them: their names are titles, which may speak of leaving."""
_WORKBOOKS = tuple(each for each in SPREADSHEETS if each != ".docx")
_ADDRESS = re.compile(rb"[^\s@,;|]@[a-z0-9-]{1,63}\.[a-z]", re.IGNORECASE)
_GARBLED = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ZIP = b"PK\x03\x04"
_PEEKED = 1 << 12
_REMEDY = "save it as CSV, or take it out of the archive or folder"


def fault_of_unread(file: MovedFile) -> InputError | None:
    """Return why a file of a kind that is not read may not lie beside lists; None for one that tells of nobody."""
    name = file.name.lower()
    if name.endswith(_WORKBOOKS):
        return InputError(
            "this is a spreadsheet, which is not read, and may name people", where=file.name, remedy=_REMEDY
        )
    if name.endswith(_PACKED) or _head(file).startswith(_ZIP):
        what = "this archive within the move is not read, and may name people who left"
        return InputError(what, where=file.name, remedy="unpack it, or take it out of the archive or folder")
    word = "" if PurePosixPath(name).suffix in _PAGES else word_of_file(file.name, {})
    if word:
        what = f"the name of this file says {word!r}, and the file cannot be read"
        return InputError(what, where=file.name, remedy=_REMEDY)
    return None


def is_damaged(file: MovedFile, error: InputError) -> bool:
    """Tell whether a file that could not be read may name people all the same: broken, packed, or without its header."""
    is_table = PurePosixPath(file.name.lower()).suffix in TABLES
    if ACTIVITY & set(PurePosixPath(file.name.lower()).parts):
        return False
    head = _head(file)
    if head.startswith(_ZIP):
        return True
    first = next((line for line in head.splitlines() if line.strip()), b"")
    if error.what != NO_ADDRESSES:
        return (is_table and bool(head.strip())) or bool(_ADDRESS.search(head))
    garbled = not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and _GARBLED.search(head)
    return bool(is_table and (garbled or _ADDRESS.search(first)))


def _head(file: MovedFile) -> bytes:
    try:
        with file.open() as opened:
            return opened.read(_PEEKED)
    except InputError:
        return b"?"  # what cannot be unpacked is not empty
