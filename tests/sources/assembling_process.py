"""A process that is killed while it assembles: `python -m tests.sources.assembling_process DATABASE PUBLICATION DAY`.

It ends when the draft is written and its candidates are marked, and nothing of it is committed.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.issues.filling import Filling
from newsletter.model import Issue
from newsletter.sources.assembling import Also, Assembling
from newsletter.sources.showing_boards import ShownBoards
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR


def deadly(also: Also) -> Also:
    """Return what writes as `also` does, and is the last that this process does."""

    def last(session: Session, issue: Issue) -> None:
        also(session, issue)
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    return last


class Dying(Filling):
    """Fills drafts until the last moment before they are there."""

    def begin(self, *given: Any, also: Also, **more: Any) -> Issue:
        """Begin a draft, and die."""
        return super().begin(*given, also=deadly(also), **more)

    def add(self, *given: Any, also: Also, **more: Any) -> Issue:
        """Put more into a draft, and die."""
        return super().add(*given, also=deadly(also), **more)


def main(url: str, publication_id: int, day: date) -> None:
    """Assemble once."""
    database, clock = Database(url), SettableClock()
    tool = Assembling(database, clock, Dying(database, clock), lambda *_: ShownBoards((), ()))
    tool.assemble(publication_id, day, by=OPERATOR)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), date.fromisoformat(sys.argv[3]))
