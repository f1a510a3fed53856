"""What the scheduler does for lists that are moved in at the desk: rings for those that wait, frees those of the dead, forgets old files."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from newsletter.audience.file_moves import forget_files
from newsletter.clock import Clock, NowAndThen
from newsletter.errors import QueueError
from newsletter.holder import is_gone
from newsletter.queue import Job, Queue
from newsletter.store.audience import list_moves as store
from newsletter.store.database import Database

LOOK_SECONDS = 5.0
RUNG_AGAIN = timedelta(seconds=10)
KEPT = timedelta(days=1)
"""How long an upload, and the rows of a list that could not be used, are kept."""
FORGET_SECONDS = 300.0


@dataclass
class ListMoveRounds:
    """The tools of these rounds: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    queue: Queue
    folder: Path
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)
    _forgetting: NowAndThen = field(default_factory=lambda: NowAndThen(FORGET_SECONDS), init=False)

    def tick(self) -> None:
        """Ring and forget, now and then. Raises StoreError."""
        if self._looking.is_time(self.clock):
            self._ring()
        if self._forgetting.is_time(self.clock):
            self._forget()
            self._sweep()

    def _ring(self) -> None:
        """Ring for what nobody has: not taken yet, left by a process that is gone, or by one whose lease ran out."""
        now = self.clock.now()
        with self.database.read() as session:
            found = store.waiting(session, now - RUNG_AGAIN)
        for move in found:
            if is_gone(move.holder):
                with self.database.write() as session:
                    store.free(session, move.id, move.holder)
            elif move.leased_until is not None and move.leased_until > now:
                continue
            with contextlib.suppress(QueueError):
                self.queue.ring(Job.MOVE_IN, move.id)

    def _forget(self) -> None:
        now = self.clock.now()
        with self.database.read() as session:
            old = store.to_forget(session, now - KEPT)
        for move in old:
            forget_files(self.folder, move)
            with self.database.write() as session:
                store.forget(session, move.id, now)

    def _sweep(self) -> None:
        """Delete what no row knows: of an upload that broke off with its process, or of a publication that was removed."""
        before = (self.clock.now() - KEPT).timestamp()
        with self.database.read() as session:
            known = store.kept(session)
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if path.name not in known and path.stat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
