"""The files of a move that may hold lists: the name of a folder counts where it says who stands in what lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from newsletter import moved_files
from newsletter.audience.standing_words import word_of_file
from newsletter.moved_files import SPREADSHEETS, STANDARD, Meter, MovedFile, read_again

__all__ = ("SPREADSHEETS", "STANDARD", "Meter", "MovedFile", "opened", "read_again")


def opened(paths: Sequence[str], standard: BinaryIO | None = None) -> AbstractContextManager[list[MovedFile]]:
    """Give the files as `newsletter.moved_files` does."""
    return moved_files.opened(paths, standard, tells=lambda name: bool(word_of_file(name, {})))
