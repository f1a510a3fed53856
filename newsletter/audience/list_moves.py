"""Move lists in at the desk: an upload is looked at by a worker in a dry run, as often as somebody chooses otherwise, and then moved in.

What a worker does of it stands in `list_move_work.py`. Of one publication one list is under way at a time.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from newsletter import private_files
from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError, QueueError
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import UNDER_WAY, ListMoveState
from newsletter.model.rights import Right
from newsletter.queue import Job, Queue
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database
from newsletter.store.publications import publications

MOST_CONSENT_CHARS = 2_000
_MOST_NAME_OCTETS = 160
"""Octets of a file's name, its ending not counted."""


@dataclass(frozen=True)
class MoveChoices:
    """What somebody says of a list: its product, the field of each column, what words of standing mean, which list of an API is meant."""

    product: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    states: Sequence[str] = ()
    list_id: str = ""

    def told(self) -> dict[str, Any]:
        """Return them as JSON holds them."""
        return asdict(self) | {"states": list(self.states)}


def choices_of(move: ListMove) -> MoveChoices:
    """Return what was chosen last."""
    names = ("product", "mapping", "states", "list_id")
    return MoveChoices(**{name: move.choices[name] for name in names if name in move.choices})


@dataclass(frozen=True)
class ListMoves:
    """The tools of moving in at the desk, put together once per process. Uploads lie in `folder`, for the service's own user alone."""

    database: Database
    clock: Clock
    queue: Queue
    folder: Path

    def take(self, publication_id: int, upload: Path, *, file_name: str, by: Actor) -> int:
        """Take a file in, and have it looked at; return the id of its move. The file is taken away from where it lies.

        Raises ForbiddenError, NotFoundError; InputError for an empty file, ConflictError while another list is under way.
        """
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        octets = upload.stat().st_size
        if not octets:
            raise InputError("this file is empty", where="list_file", remedy="choose the file your product gave you")
        kept_as = secrets.token_hex(16)
        facts = {
            "editor_id": by.id or 0,
            "name": by.shown_as,
            "place": by.place[:100],
            "file_name": _printable(file_name),
            "kept_as": kept_as,
            "octets": octets,
            "asked_at": self.clock.now(),
        }
        with self.database.write() as session:
            publications.see_open(session, publication_id)
            self._see_free(publications.lock(session, publication_id).id, store.under_way(session, publication_id))
            made = store.add(session, _new(publication_id, facts))
            words = f"a list of {octets:,} octets"
            entries.of_list(session, by, "subscribers.look_at_list", publication_id, at=made.asked_at, words=words)
            place = upload_path(self.folder, made)
            private_files.make_folder(place.parent)
            upload.replace(place)  # within one folder: nothing is copied
        self._ring(made.id)
        return made.id

    def look_again(self, publication_id: int, move_id: int, choices: MoveChoices, *, by: Actor) -> None:
        """Have a list looked at with other choices. Raises ForbiddenError, NotFoundError, ConflictError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        self._begin(publication_id, move_id, ListMoveState.LOOKING, choices.told(), by=by)

    def move(
        self, publication_id: int, move_id: int, choices: MoveChoices, *, consent: str, agreed: bool, by: Actor
    ) -> None:
        """Have a list moved in as it was looked at.

        Raises InputError where nobody says how its readers agreed, ConflictError for other choices than those of the dry run or when it
        ended with trouble, ForbiddenError, NotFoundError.
        """
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        seen = self.show(publication_id, move_id, by=by)
        if seen.choices != choices.told() or seen.trouble or not seen.report:
            raise ConflictError("the dry run was done with other choices", remedy="look again, then move in")
        words = " ".join(consent.split())[:MOST_CONSENT_CHARS]
        if not words and seen.report.get("unproven"):
            raise InputError("nobody says how these people agreed", where="consent", remedy="say it in a sentence")
        if not agreed:
            raise InputError(
                "nobody says that these people agreed", where="agreed", remedy="tick it, or move no list in"
            )
        told = choices.told() | {"consent": words}
        self._begin(publication_id, move_id, ListMoveState.MOVING, told, by=by, seen=seen.choices)

    def discard(self, publication_id: int, move_id: int, *, by: Actor) -> None:
        """Let a list that was looked at go, with its file. Raises ForbiddenError, NotFoundError, ConflictError while it is under way."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        now = self.clock.now()
        with self.database.write() as session:
            found = store.by_id(session, publication_id, move_id, lock=True)
            _see_idle(found)
            found.state, found.ended_at = ListMoveState.DISCARDED, now
            store.forget(session, move_id, now)
            entries.of_list(session, by, "subscribers.discard_list", publication_id, at=now)
        forget_files(self.folder, found)

    def show(self, publication_id: int, move_id: int, *, by: Actor) -> ListMove:
        """Return one. Raises ForbiddenError, NotFoundError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            return store.by_id(session, publication_id, move_id)

    def newest(self, publication_id: int, *, by: Actor) -> Sequence[ListMove]:
        """Return those of a publication, the newest first. Raises ForbiddenError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            return store.newest(session, publication_id)

    def errors(self, publication_id: int, move_id: int, number: int, *, by: Actor) -> Path:
        """Return where a file lies with rows that could not be used. Raises ForbiddenError, NotFoundError."""
        found = self.show(publication_id, move_id, by=by)
        path = error_path(self.folder, found, number)
        if not path.is_file():
            raise NotFoundError(
                "this file is not there any more", remedy="it was kept for a day: move the list in again"
            )
        return path

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
            found = store.by_id(session, publication_id, move_id, lock=True)
            _see_idle(found)
            self._see_free(publication_id, store.under_way(session, publication_id))
            if seen is not None and found.choices != seen:
                raise ConflictError("somebody chose otherwise meanwhile", remedy="look again, then move in")
            found.state, found.choices, found.asked_at, found.runs = state, choices, now, 0
            found.editor_id, found.name, found.place = by.id or 0, by.shown_as, by.place[:100]
            found.trouble = found.trouble_where = found.holder = ""
            found.leased_until = found.begun_at = found.ended_at = None
            action = "subscribers.move_list_in" if state is ListMoveState.MOVING else "subscribers.look_at_list"
            entries.of_list(session, by, action, publication_id, at=now)
        self._ring(move_id)

    def _see_free(self, publication_id: int, other: ListMove | None) -> None:
        if other is not None:
            raise ConflictError(
                f"another list is being read here: {other.file_name}",
                where=str(other.id),
                remedy="wait until it is done: one list of a publication is read at a time",
            )

    def _ring(self, move_id: int) -> None:
        with contextlib.suppress(QueueError):  # the scheduler rings again
            self.queue.ring(Job.MOVE_IN, move_id)


def upload_path(folder: Path, move: ListMove) -> Path:
    """Return where the file of a move lies: under its own name, which may say who stands in it."""
    return folder / move.kept_as / "list" / move.file_name


def error_path(folder: Path, move: ListMove, number: int) -> Path:
    """Return where the rows of a list lie that could not be used."""
    return folder / move.kept_as / f"{number}.errors.csv"


def forget_files(folder: Path, move: ListMove) -> None:
    """Delete an upload, and what was written of it."""
    shutil.rmtree(folder / move.kept_as, ignore_errors=True)


def _see_idle(move: ListMove) -> None:
    if move.state in UNDER_WAY:
        raise ConflictError("it is being read", remedy="wait until that is done")
    if move.state != ListMoveState.LOOKED:
        raise ConflictError(f"this list is {move.state} already", remedy="begin with its file")


def _new(publication_id: int, facts: dict[str, Any]) -> ListMove:
    numbers = dict.fromkeys(("runs", "rows", "octets_read", "octets_due", "stored", "stored_due"), 0)
    empty: dict[str, Any] = {"survey": {}, "report": {}, "choices": MoveChoices().told()}
    words = {"trouble": "", "trouble_where": "", "holder": ""}
    return ListMove(publication_id=publication_id, state=ListMoveState.LOOKING, **facts, **numbers, **empty, **words)


def _printable(name: str) -> str:
    """Return the last part of a file's name as it can be told, and be the name of a file here."""
    last = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip(". ")
    path = PurePath(last or "list")
    suffix = path.suffix if len(path.suffix.encode()) < 20 else ""
    stem = path.name.removesuffix(suffix).encode()[:_MOST_NAME_OCTETS].decode("utf-8", "ignore")
    return f"{stem}{suffix}"
