"""A worker's part of moving a list in at the desk: look at it in a dry run, or move it in, with a lease that a dead worker loses.

Whatever is killed is begun again from the file: nothing is stored before all was read, and what is stored already is met as known.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

import structlog

from newsletter import private_files
from newsletter.audience.import_report import ImportReport
from newsletter.audience.importing import Importing
from newsletter.audience.list_file import NO_ADDRESSES
from newsletter.audience.list_moves import choices_of, error_path, upload_path
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.moving.error_files import ErrorFiles
from newsletter.audience.moving.opening import Meter, MovedFile, opened
from newsletter.audience.moving.recognising import Recognised, SaidOfFiles, recognise
from newsletter.audience.moving.survey import survey, survey_of_headers
from newsletter.clock import Clock
from newsletter.errors import ConflictError, ForbiddenError, InputError, NewsletterError, StoreError
from newsletter.holder import holder
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState
from newsletter.store.accounts import grants
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
MOST_RUNS = 5
"""Times that one is begun before it is told that it cannot be done here."""
_NOTED_SECONDS = 1.0
_MOST_TOLD = 100
"""Rows of which a kept report says what was wrong; the files of errors have all."""


class LostLeaseError(ConflictError):
    """Another worker has it by now, or this process ends."""


@dataclass
class ListMoveWork:
    """What a worker does when it is rung for a list: one at a time in a process. When `stop` is set it gives up, and another begins again."""

    database: Database
    clock: Clock
    importing: Importing
    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False)

    def run(self, move_id: int) -> None:
        """Do what is to be done of a list, if nobody does. It may be called twice, and at any time."""
        if self.stop.is_set() or not self._busy.acquire(blocking=False):
            return  # it is rung again
        try:
            now = self.clock.now()
            with self.database.write() as session:
                move = store.claim(session, move_id, holder(), now, now + LEASE)
            if move is not None:
                self._do(move)
        finally:
            self._busy.release()

    def _do(self, move: ListMove) -> None:
        run = _Run(self, move)
        try:
            self._check(move)
            run.look() if move.state == ListMoveState.LOOKING else run.move()
        except LostLeaseError:
            with self.database.write() as session:
                store.free(session, move.id, holder())
        except StoreError:
            raise  # the lease runs out, and it is begun again
        except NewsletterError as error:
            run.end_with(error)
        except Exception:
            log.exception("a list could not be read for a reason nobody foresaw", move=move.id)
            run.end_with(
                InputError("it cannot be read, for a reason nobody foresaw", remedy="the log of the worker tells")
            )

    def _check(self, move: ListMove) -> None:
        if not upload_path(self.folder, move).is_file():
            raise InputError("its file is not on this machine", remedy="let web and worker share the data folder")
        if move.runs > MOST_RUNS:
            raise InputError(f"it was begun {MOST_RUNS} times, and never came to its end", remedy="see the log")


class _Run:
    """One run over one list."""

    def __init__(self, work: ListMoveWork, move: ListMove) -> None:
        self._work, self._move, self._holder, self._meter = work, move, holder(), Meter()
        self._path, self._choices = upload_path(work.folder, move), choices_of(move)
        self._noted = 0.0
        self._values: dict[str, Any] = {}
        self._survey: dict[str, Any] = {}

    def look(self) -> None:
        """Say what there is, and do it all as a dry run."""
        with self._lists(passes=2) as found:
            self._survey = survey(found, self._choices.states, lambda _: self._note())
            report, names = self._import(found, dry_run=True)
        self._end(ListMoveState.LOOKED, report=_told(report, names))

    def move(self) -> None:
        """Move the list in, and let its file go."""
        with self._lists(passes=1) as found:
            report, names = self._import(found, dry_run=False)
        self._survey = self._move.survey
        self._end(ListMoveState.MOVED, report=_told(report, names))
        self._path.unlink(missing_ok=True)

    def end_with(self, error: NewsletterError) -> None:
        """Say why nothing came of it; what was found out of the columns is kept, so that somebody can choose otherwise."""
        if error.what == NO_ADDRESSES and not self._survey:
            self._survey = self._headers()
        if self._move.state == ListMoveState.MOVING:
            self._survey = self._move.survey
        self._end(ListMoveState.LOOKED, trouble=error)

    @contextmanager
    def _lists(self, *, passes: int) -> Iterator[Recognised]:
        with ExitStack() as stack:
            files = [self._named(each) for each in stack.enter_context(opened([str(self._path)]))]
            said = SaidOfFiles(self._choices.product, self._choices.list_id, self._choices.mapping)
            found = recognise(files, said)
            lists = [replace(each, file=self._meter.over(each.file)) for each in found.lists]
            self._values["octets_due"] = passes * sum(each.file.octets for each in lists)
            self._note(at_once=True)
            yield Recognised(lists, found.others)

    def _named(self, file: MovedFile) -> MovedFile:
        """Return a file by the name that somebody knows: what is not in an archive is called as it was uploaded."""
        return replace(file, name=self._move.file_name) if file.named else file

    def _import(self, found: Recognised, *, dry_run: bool) -> tuple[ImportReport, list[str]]:
        consent = str(self._move.choices.get("consent", ""))
        said = ListTerms(f"move-in {self._move.file_name}"[:200], consent, self._choices.states, confirmed=True)
        with ErrorFiles(partial(self._made, iter(range(10_000)))) as wrong:
            report = self._work.importing.move_in(
                found.lists,
                said,
                publication_id=self._move.publication_id,
                by=self._by(),
                dry_run=dry_run,
                watching=Watching(self._read, unusable=wrong.write, stored=self._stored),
            )
        return report, wrong.names

    def _made(self, numbers: Iterator[int], _name: str) -> AbstractContextManager[IO[str]]:
        path = error_path(self._work.folder, self._move, next(numbers))
        file = private_files.open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        return os.fdopen(file, "w", encoding="utf-8", newline="")

    def _by(self) -> Actor:
        """Return whoever asked for it, with the rights of this moment. Raises ForbiddenError for somebody who is gone."""
        with self._work.database.read() as session:
            actor = grants.actor(session, self._move.editor_id, self._move.place)
        if actor is None:
            raise ForbiddenError("whoever began this may not sign in any more", remedy="let somebody else begin it")
        return actor

    def _read(self, rows: int) -> None:
        self._values["rows"] = rows
        self._note()

    def _stored(self, done: int, due: int) -> None:
        self._values |= {"stored": done, "stored_due": due}
        self._note()

    def _note(self, *, at_once: bool = False) -> None:
        """Say now and then how far it is, and keep the lease. Raises LostLeaseError."""
        if self._work.stop.is_set():
            raise LostLeaseError("this process ends", remedy="another begins again")
        now = self._work.clock.monotonic()
        if not at_once and now - self._noted < _NOTED_SECONDS:
            return
        self._noted = now
        until = self._work.clock.now() + LEASE
        self._write(self._values | {"octets_read": self._meter.octets, "leased_until": until})

    def _end(
        self, state: ListMoveState, *, report: dict[str, Any] | None = None, trouble: NewsletterError | None = None
    ) -> None:
        self._write(
            self._values
            | {
                "state": state,
                "survey": self._survey,
                "report": report or {},
                "octets_read": self._meter.octets,
                "trouble": _words_of(trouble) if trouble else "",
                "holder": "",
                "leased_until": None,
                "trouble_where": self._place_of(trouble),
                "ended_at": self._work.clock.now(),
            }
        )
        if trouble is not None:
            log.info("a list was not moved in", move=self._move.id, where=self._place_of(trouble)[:20])

    def _write(self, values: dict[str, Any]) -> None:
        with self._work.database.write() as session:
            if not store.note(session, self._move.id, self._holder, values):
                raise LostLeaseError("another worker has it", remedy="let it go on")

    def _place_of(self, trouble: NewsletterError | None) -> str:
        return (trouble.where or "").replace(str(self._path), self._move.file_name)[:400] if trouble else ""

    def _headers(self) -> dict[str, Any]:
        try:
            with opened([str(self._path)]) as files:
                return survey_of_headers([self._named(each) for each in files])
        except InputError:
            return {}


def _words_of(trouble: NewsletterError) -> str:
    """Return what is wrong, with the remedy where that is not said in the words of the command line."""
    remedy = (trouble.remedy or "").replace("--list ", "list ")
    is_of_commands = (trouble.where or "").startswith("--") or "--" in remedy
    return (trouble.what if is_of_commands or not remedy else f"{trouble.what}: {remedy}")[:4000]


def _told(report: ImportReport, error_files: list[str]) -> dict[str, Any]:
    told = report.told() | {"error_files": error_files}
    for name in ("invalid", "changed"):
        told[name] = told[name][:_MOST_TOLD]
    told["unknown"] = dict(list(told["unknown"].items())[:_MOST_TOLD])
    for each in told["lists"]:
        each["words"] = each["words"][:_MOST_TOLD]
    told["lists"] = told["lists"][:_MOST_TOLD]
    return told
