"""What a transaction writes last: rows in which all processes count are locked for as short a time as can be, and in one order."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

_WAITING = "written at the end"


def later(session: Session, name: str, write: Callable[[Session], None]) -> None:
    """Have something written before this transaction commits, once under each name."""
    session.info.setdefault(_WAITING, {}).setdefault(name, write)


def write_now(session: Session) -> None:
    """Write what waits: before the commit, and before somebody reads it in the same transaction."""
    waiting: dict[str, Callable[[Session], None]] = session.info.pop(_WAITING, {})
    for name in sorted(waiting):
        waiting[name](session)
