"""Files that move in at the desk: an upload is looked at by a worker in a dry run, as often as somebody chooses otherwise, and then moved in.

What a worker does of it stands in `list_move_work.py`. Of one publication one file of a kind is under way at a time.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, ClassVar, NamedTuple, Protocol

from newsletter import private_files
from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError, QueueError
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import UNDER_WAY, ListMoveState, MoveKind
from newsletter.model.rights import Right
from newsletter.queue import Job, Queue
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database
from newsletter.store.publications import publications

_MOST_NAME_OCTETS = 160
"""Octets of a file's name, its ending not counted."""


class MoveActs(NamedTuple):
    """How the acts of a move are called in the audit trail."""

    look: str
    move: str
    discard: str


class ToldChoices(Protocol):
    """What somebody chose for a file."""

    def told(self) -> dict[str, Any]:
        """Return it as JSON holds it."""


@dataclass(frozen=True)
class FileMoves:
    """The tools of moving in at the desk, put together once per process. Uploads lie in `folder`, for the service's own user alone."""

    database: Database
    clock: Clock
    queue: Queue
    folder: Path
    kind: ClassVar[MoveKind]
    right: ClassVar[Right]
    acts: ClassVar[MoveActs]
    first: ClassVar[ToldChoices]
    """What is chosen before anybody chose."""

    def take(self, publication_id: int, upload: Path, *, file_name: str, by: Actor) -> int:
        """Take a file in, and have it looked at; return the id of its move. The file is taken away from where it lies.

        Raises ForbiddenError, NotFoundError; InputError for an empty file, ConflictError while another one is under way.
        """
        require(by, self.right, publication_id)
        octets = upload.stat().st_size
        if not octets:
            raise InputError("this file is empty", where="list_file", remedy="choose the file your product gave you")
        facts = {
            "editor_id": by.id or 0,
            "name": by.shown_as,
            "place": by.place[:100],
            "file_name": _printable(file_name),
            "kept_as": secrets.token_hex(16),
            "octets": octets,
            "asked_at": self.clock.now(),
            "choices": self.first.told(),
        }
        with self.database.write() as session:
            publications.see_open(session, publication_id)
            publications.lock(session, publication_id)
            _see_free(store.under_way(session, publication_id, self.kind))
            made = store.add(session, _new(publication_id, self.kind, facts))
            words = f"a file of {octets:,} octets"
            entries.of_list(session, by, self.acts.look, publication_id, at=made.asked_at, words=words)
            place = upload_path(self.folder, made)
            private_files.make_folder(place.parent)
            upload.replace(place)  # within one folder: nothing is copied
        self._ring(made.id)
        return made.id

    def look_again(self, publication_id: int, move_id: int, choices: ToldChoices, *, by: Actor) -> None:
        """Have a file looked at with other choices. Raises ForbiddenError, NotFoundError, ConflictError."""
        require(by, self.right, publication_id)
        self._begin(publication_id, move_id, ListMoveState.LOOKING, choices.told(), by=by)

    def discard(self, publication_id: int, move_id: int, *, by: Actor) -> None:
        """Let a file that was looked at go. Raises ForbiddenError, NotFoundError, ConflictError while it is under way."""
        require(by, self.right, publication_id)
        now = self.clock.now()
        with self.database.write() as session:
            found = store.by_id(session, publication_id, self.kind, move_id, lock=True)
            _see_idle(found)
            found.state, found.ended_at = ListMoveState.DISCARDED, now
            store.forget(session, move_id, now)
            entries.of_list(session, by, self.acts.discard, publication_id, at=now)
        forget_files(self.folder, found)

    def show(self, publication_id: int, move_id: int, *, by: Actor) -> ListMove:
        """Return one. Raises ForbiddenError, NotFoundError."""
        require(by, self.right, publication_id)
        with self.database.read() as session:
            return store.by_id(session, publication_id, self.kind, move_id)

    def newest(self, publication_id: int, *, by: Actor) -> Sequence[ListMove]:
        """Return those of a publication, the newest first. Raises ForbiddenError."""
        require(by, self.right, publication_id)
        with self.database.read() as session:
            return store.newest(session, publication_id, self.kind)

    def errors(self, publication_id: int, move_id: int, number: int, *, by: Actor) -> Path:
        """Return where a file lies with what could not be used. Raises ForbiddenError, NotFoundError."""
        path = error_path(self.folder, self.show(publication_id, move_id, by=by), number)
        if not path.is_file():
            raise NotFoundError(
                "this file is not there any more", remedy="it was kept for a day: move the same file in again"
            )
        return path

    def see_done_as_seen(self, publication_id: int, move_id: int, choices: ToldChoices, *, by: Actor) -> ListMove:
        """Return one whose dry run was done with these choices. Raises ConflictError for another, ForbiddenError, NotFoundError."""
        seen = self.show(publication_id, move_id, by=by)
        if seen.choices != choices.told() or seen.trouble or not seen.report:
            raise ConflictError("the dry run was done with other choices", remedy="look again, then move in")
        return seen

    def _begin(
        self,
        publication_id: int,
        move_id: int,
        state: ListMoveState,
        choices: dict[str, Any],
        *,
        by: Actor,
        seen: dict[str, Any] | None = None,
    ) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            publications.see_open(session, publication_id)
            publications.lock(session, publication_id)
            found = store.by_id(session, publication_id, self.kind, move_id, lock=True)
            _see_idle(found)
            _see_free(store.under_way(session, publication_id, self.kind))
            if seen is not None and found.choices != seen:
                raise ConflictError("somebody chose otherwise meanwhile", remedy="look again, then move in")
            found.state, found.choices, found.asked_at, found.runs = state, choices, now, 0
            found.editor_id, found.name, found.place = by.id or 0, by.shown_as, by.place[:100]
            found.trouble = found.trouble_where = found.holder = ""
            found.leased_until = found.begun_at = found.ended_at = None
            found.rows = found.octets_read = found.octets_due = found.stored = found.stored_due = 0  # of the run before
            action = self.acts.move if state is ListMoveState.MOVING else self.acts.look
            entries.of_list(session, by, action, publication_id, at=now)
        self._ring(move_id)

    def _ring(self, move_id: int) -> None:
        with contextlib.suppress(QueueError):  # the scheduler rings again
            self.queue.ring(Job.MOVE_IN, move_id)


def upload_path(folder: Path, move: ListMove) -> Path:
    """Return where the file of a move lies: under its own name, which may say who stands in it."""
    return folder / move.kept_as / "list" / move.file_name


def kept_path(folder: Path, move: ListMove, name: str) -> Path:
    """Return where a file lies that was written of a move."""
    return folder / move.kept_as / name


def error_path(folder: Path, move: ListMove, number: int) -> Path:
    """Return where a file lies with what could not be used."""
    return kept_path(folder, move, f"{number}.errors.csv")


def forget_files(folder: Path, move: ListMove) -> None:
    """Delete an upload, and what was written of it."""
    shutil.rmtree(folder / move.kept_as, ignore_errors=True)


def _see_free(other: ListMove | None) -> None:
    if other is not None:
        raise ConflictError(
            f"another file is being read here: {other.file_name}",
            where=str(other.id),
            remedy="wait until it is done: one file of a publication is read at a time",
        )


def _see_idle(move: ListMove) -> None:
    if move.state in UNDER_WAY:
        raise ConflictError("it is being read", remedy="wait until that is done")
    if move.state != ListMoveState.LOOKED:
        raise ConflictError(f"this file is {move.state} already", remedy="begin with it anew")


def _new(publication_id: int, kind: MoveKind, facts: dict[str, Any]) -> ListMove:
    numbers = dict.fromkeys(("runs", "rows", "octets_read", "octets_due", "stored", "stored_due"), 0)
    empty: dict[str, Any] = {"survey": {}, "report": {}, "trouble": "", "trouble_where": "", "holder": ""}
    return ListMove(publication_id=publication_id, kind=kind, state=ListMoveState.LOOKING, **facts, **numbers, **empty)


def _printable(name: str) -> str:
    """Return the last part of a file's name as it can be told, and be the name of a file here."""
    last = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip(". ")
    path = PurePath(last or "list")
    suffix = path.suffix if len(path.suffix.encode()) < 20 else ""
    stem = path.name.removesuffix(suffix).encode()[:_MOST_NAME_OCTETS].decode("utf-8", "ignore")
    return f"{stem}{suffix}"
