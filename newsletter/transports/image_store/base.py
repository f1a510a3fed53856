"""The promise of an image store: whole files by name, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

PIECE = 64 * 1024
"""Octets that are read at a time."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be read: `octets` long, in pieces."""

    octets: int
    pieces: Iterator[bytes]


class ImageStore(Protocol):
    """Keeps files by names such as `<digest>.png`. Safe from several threads. Raises UnavailableError where it cannot be reached."""

    def put(self, name: str, content: bytes) -> None:
        """Store a file, whole or not at all. One that is there holds the same, because its name is its digest."""

    def open(self, name: str) -> StoredFile:
        """Return the file. Raises NotFoundError where there is none."""

    def remove(self, name: str) -> None:
        """Remove the file; one that is not there is no error."""

    def close(self) -> None:
        """Close what is open."""

    def check(self) -> str:
        """See that it can be written and read; return where it is, in words without secrets."""
