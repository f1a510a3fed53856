"""A worker's part of moving in at the desk: look at a file in a dry run, or move it in, with a lease that a dead worker loses.

Whatever is killed is begun again from the file: of a list nothing is stored before all was read, and what is stored already is met as known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from newsletter.audience.file_moves import upload_path
from newsletter.audience.importing import Importing
from newsletter.audience.list_run import ListRun
from newsletter.audience.move_run import LEASE, LostLeaseError, MoveDoing, MoveRun, RunTools
from newsletter.clock import Clock
from newsletter.errors import InputError, NewsletterError, StoreError
from newsletter.holder import holder
from newsletter.model import ListMove
from newsletter.model.list_moves import MoveKind
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

MOST_RUNS = 5
"""Times that one is begun before it is told that it cannot be done here."""


@dataclass
class ListMoveWork:
    """What a worker does when it is rung for a file: one at a time in a process. When `stop` is set it gives up, and another begins again."""

    database: Database
    clock: Clock
    importing: Importing
    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    others: Mapping[str, Callable[[MoveRun], MoveDoing]] = field(default_factory=dict)
    """What is done of files that hold no readers, by their kind."""
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False)

    def run(self, move_id: int) -> None:
        """Do what is to be done of a file, if nobody does. It may be called twice, and at any time."""
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
        run = MoveRun(RunTools(self.database, self.clock, self.folder, self.stop), move)
        doing = self._doing(run)
        try:
            self._check(move)
            run.end_well(*doing.do())
        except LostLeaseError:
            with self.database.write() as session:
                store.free(session, move.id, holder())
        except StoreError:
            raise  # the lease runs out, and it is begun again
        except NewsletterError as error:
            run.end_with(error, doing.survey_after(error))
        except Exception:
            log.exception("a file could not be read for a reason nobody foresaw", move=move.id)
            unforeseen = InputError(
                "it cannot be read, for a reason nobody foresaw", remedy="the log of the worker tells"
            )
            run.end_with(unforeseen, doing.survey_after(unforeseen))

    def _doing(self, run: MoveRun) -> MoveDoing:
        is_of_readers = run.move.kind == MoveKind.READERS
        return ListRun(self.importing, run) if is_of_readers else self.others[run.move.kind](run)

    def _check(self, move: ListMove) -> None:
        if not upload_path(self.folder, move).is_file():
            raise InputError("its file is not on this machine", remedy="let web and worker share the data folder")
        if move.runs > MOST_RUNS:
            raise InputError(f"it was begun {MOST_RUNS} times, and never came to its end", remedy="see the log")
