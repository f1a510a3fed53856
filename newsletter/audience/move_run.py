"""One run of a move by a worker: its file, in whose name it is done, how far it is, and the lease that a dead worker loses."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Protocol

import structlog

from newsletter import private_files
from newsletter.audience.file_moves import kept_path, upload_path
from newsletter.clock import Clock
from newsletter.errors import ConflictError, ForbiddenError, NewsletterError
from newsletter.holder import holder
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState
from newsletter.moved_files import MovedFile
from newsletter.store.accounts import grants
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
_NOTED_SECONDS = 1.0


class LostLeaseError(ConflictError):
    """Another worker has it by now, or this process ends."""


class MoveDoing(Protocol):
    """What is done of one run, by what moves in."""

    def do(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Look, or move in; return what the file is and what came of it, as JSON holds them. Raises NewsletterError."""

    def survey_after(self, error: NewsletterError) -> dict[str, Any]:
        """Return what was found out of the file before a trouble, so that somebody can choose otherwise."""


@dataclass(frozen=True)
class RunTools:
    """What every run is done with; when `stop` is set it is given up, and another begins again."""

    database: Database
    clock: Clock
    folder: Path
    stop: threading.Event


class MoveRun:
    """One run of what a worker has a lease of."""

    def __init__(self, tools: RunTools, move: ListMove) -> None:
        self.move = move
        self.path = upload_path(tools.folder, move)
        self._tools = tools
        self._holder = holder()
        self._noted = 0.0
        self._values: dict[str, Any] = {}

    @property
    def is_dry(self) -> bool:
        """Whether it only looks."""
        return self.move.state == ListMoveState.LOOKING

    def by(self) -> Actor:
        """Return whoever asked for it, with the rights of this moment. Raises ForbiddenError for somebody who is gone."""
        with self._tools.database.read() as session:
            actor = grants.actor(session, self.move.editor_id, self.move.place)
        if actor is None:
            raise ForbiddenError("whoever began this may not sign in any more", remedy="let somebody else begin it")
        return actor

    def named(self, file: MovedFile) -> MovedFile:
        """Return a file by the name that somebody knows: what is not in an archive is called as it was uploaded."""
        return replace(file, name=self.move.file_name) if file.named else file

    def made(self, name: str) -> AbstractContextManager[IO[str]]:
        """Open a file that is kept beside the upload, empty, whatever an earlier run wrote."""
        path = kept_path(self._tools.folder, self.move, name)
        file = private_files.open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        return os.fdopen(file, "w", encoding="utf-8", newline="")

    def note(self, *, at_once: bool = False, **values: int) -> None:
        """Say now and then how far it is, and keep the lease. Raises LostLeaseError."""
        self._values |= values
        if self._tools.stop.is_set():
            raise LostLeaseError("this process ends", remedy="another begins again")
        now = self._tools.clock.monotonic()
        if not at_once and now - self._noted < _NOTED_SECONDS:
            return
        self._noted = now
        self._write(self._values | {"leased_until": self._tools.clock.now() + LEASE})

    def hold(self) -> None:
        """Keep the lease where nothing may be broken off; whoever lost it hears of that at the next note."""
        with self._tools.database.write() as session:
            store.note(session, self.move.id, self._holder, {"leased_until": self._tools.clock.now() + LEASE})

    def end_well(self, survey: dict[str, Any], report: dict[str, Any]) -> None:
        """Write down what came of it; the file of what moved in is let go. Raises LostLeaseError."""
        state = ListMoveState.LOOKED if self.is_dry else ListMoveState.MOVED
        self._end(state, survey, report)
        if state is ListMoveState.MOVED:
            self.path.unlink(missing_ok=True)

    def end_with(self, error: NewsletterError, survey: dict[str, Any]) -> None:
        """Say why nothing came of it. Raises LostLeaseError."""
        self._end(ListMoveState.LOOKED, survey if self.is_dry else self.move.survey, {}, error)
        log.info("a file was not moved in", move=self.move.id, where=self._place_of(error)[:20])

    def _end(
        self,
        state: ListMoveState,
        survey: dict[str, Any],
        report: dict[str, Any],
        trouble: NewsletterError | None = None,
    ) -> None:
        self._write(
            self._values
            | {
                "state": state,
                "survey": survey,
                "report": report,
                "trouble": _words_of(trouble) if trouble else "",
                "trouble_where": self._place_of(trouble),
                "holder": "",
                "leased_until": None,
                "ended_at": self._tools.clock.now(),
            }
        )

    def _write(self, values: dict[str, Any]) -> None:
        with self._tools.database.write() as session:
            if not store.note(session, self.move.id, self._holder, values):
                raise LostLeaseError("another worker has it", remedy="let it go on")

    def _place_of(self, trouble: NewsletterError | None) -> str:
        return (trouble.where or "").replace(str(self.path), self.move.file_name)[:400] if trouble else ""


def _words_of(trouble: NewsletterError) -> str:
    """Return what is wrong, with the remedy where that is not said in the words of the command line."""
    remedy = (trouble.remedy or "").replace("--list ", "list ")
    is_of_commands = (trouble.where or "").startswith("--") or "--" in remedy
    return (trouble.what if is_of_commands or not remedy else f"{trouble.what}: {remedy}")[:4000]
