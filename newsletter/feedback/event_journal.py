"""Opens and clicks outlive a kill: each stands in a small file of this host before it is answered, until the ledger has it.
A machine that goes down may lose those of the last half minute or so: the file is not forced to the disk.

    <microseconds since 1970> <open|click> <edition> <delivery, or -1> <link> <signs, or ->

A file that cannot be made or grow stops no redirect: events then live in memory alone, as long as that lasts.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from newsletter.errors import StoreError
from newsletter.journal import lines as files
from newsletter.journal.lines import Lines
from newsletter.model.feedback import EventKind

log = structlog.get_logger(__name__)

SUFFIX = ".events"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOBODY = -1
_NAMES = {kind: kind.value.encode() for kind in EventKind}


@dataclass(slots=True)
class SeenEvent:
    """One open or click. `edition_id` is 0 until it is known; `delivery_id` is None without identity."""

    at: datetime
    kind: EventKind
    edition_id: int
    delivery_id: int | None
    link: int
    signs: list[str] = field(default_factory=list)


class Noted(NamedTuple):
    """How many lines of an event file were noted at some moment."""

    name: str
    lines: int


class Left(NamedTuple):
    """What a killed process noted; None stands for a line that cannot be read."""

    name: str
    seen: list[SeenEvent | None]


@dataclass(slots=True)
class _File:
    lines: Lines
    noted: int = 0


class EventJournal:
    """The files of one process. `note` and `turn` are called under one lock, `forget` by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._present: _File | None = None
        self._turned: list[_File] = []
        self._broken = self._told = False

    def note(self, seen: SeenEvent) -> None:
        """Write an event down."""
        if self._broken:
            return
        try:
            if self._present is None:
                name = f"{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"
                self._present = _File(Lines(self._folder / name))
            self._present.lines.append(_line(seen))
            self._present.noted += 1
        except StoreError as error:
            self._broken = True  # until the next turn
            if not self._told:
                log.warning("events are kept in memory alone", error=error.what)
            self._told = True

    def turn(self) -> list[Noted]:
        """Begin a new file: what was noted is about to be written; return what that is.

        While an earlier file waits to be forgotten there is no new one.
        """
        self._broken = False
        noted = [Noted(file.lines.path.name, file.noted) for file in self._files()]
        if self._present is not None and not self._turned:
            self._turned.append(self._present)
            self._present = None
        return noted

    def forget(self) -> None:
        """Remove the files that were turned: the ledger holds what they tell."""
        while self._turned:
            self._turned.pop().lines.let_go(remove=True)

    def close(self, *, written: bool) -> None:
        """Let the files go; those that were not `written` to the ledger stay for the next process."""
        for file in self._files():
            file.lines.let_go(remove=written)
        self._turned, self._present = [], None

    def _files(self) -> list[_File]:
        return [*self._turned, *([self._present] if self._present else [])]

    def has_left(self) -> bool:
        """Tell whether there may be files of processes that were killed."""
        return any(self._folder.glob(f"*{SUFFIX}"))

    def left(self) -> Iterator[Left]:
        """Give what killed processes noted, a file at a time; it is removed when the loop comes round without an error."""
        for path, lines in files.orphaned(self._folder, SUFFIX):
            log.info("events of a process that was killed", file=path.name, events=len(lines))
            yield Left(path.name, [_seen(line) for line in lines])


def _line(seen: SeenEvent) -> bytes:
    delivery = _NOBODY if seen.delivery_id is None else seen.delivery_id
    signs = ",".join(seen.signs).encode() or b"-"
    at = (seen.at - _EPOCH) // _MICROSECOND
    return b"%d %b %d %d %d %b" % (at, _NAMES[seen.kind], seen.edition_id, delivery, seen.link, signs)


def _seen(line: str | None) -> SeenEvent | None:
    try:
        at, kind, edition, delivery, link, signs = (line or "").split(" ")
        whose = None if int(delivery) == _NOBODY else int(delivery)
        told = [] if signs == "-" else signs.split(",")
        return SeenEvent(_EPOCH + int(at) * _MICROSECOND, EventKind(kind), int(edition), whose, int(link), told)
    except ValueError:  # a disk may fail
        log.warning("a line of an event journal cannot be read")
        return None
