"""The audit trail: who changed what. An entry is written in the transaction of its change, or neither is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from newsletter.model import AuditEntry
from newsletter.model.actor import Actor

MOST_CHARS = 200
"""Longest value that is kept of what was changed: an entry says what happened, and holds no text."""


class Subject(NamedTuple):
    """What something was done to: a word such as "issue", its id, and its slug or name where it has one; no reader's address."""

    kind: str
    id: int | None = None
    name: str = ""


class Values(NamedTuple):
    """A value before and after a change, in short words; empty where there was or is none."""

    old: str = ""
    new: str = ""


NO_VALUES = Values()


def add(
    session: Session,
    by: Actor,
    action: str,
    subject: Subject,
    *,
    at: datetime,
    publication_id: int | None = None,
    old: str = "",
    new: str = "",
) -> None:
    """Write down a change; `action` is a word such as "issue.pause", `old` and `new` are short values."""
    session.add(
        AuditEntry(
            at=at,
            actor=by.kind.value,
            actor_id=by.id,
            actor_name=_short(by.name),
            place=_short(by.place),
            action=action,
            publication_id=publication_id,
            subject=subject.kind,
            subject_id=subject.id,
            subject_name=_short(subject.name),
            old=_short(old),
            new=_short(new),
        )
    )
    session.flush()


def page(
    session: Session,
    *,
    before: int | None = None,
    publication_id: int | None = None,
    subject: Subject | None = None,
    acts: Collection[str] | None = None,
    limit: int,
) -> Sequence[AuditEntry]:
    """Return the newest entries with an id below `before`, newest first: of a publication, of one thing, or of all; `acts` names the actions."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    if publication_id is not None:
        statement = statement.where(AuditEntry.publication_id == publication_id)
    if subject is not None:
        statement = statement.where(AuditEntry.subject == subject.kind, AuditEntry.subject_id == subject.id)
    if acts is not None:
        statement = statement.where(AuditEntry.action.in_(acts))
    return session.scalars(statement).all()


def forget(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` of the oldest entries that were made before a moment; return how many."""
    oldest = select(AuditEntry.id).where(AuditEntry.at < before).order_by(AuditEntry.at).limit(limit)
    gone = session.scalars(delete(AuditEntry).where(AuditEntry.id.in_(oldest)).returning(AuditEntry.id))
    return len(gone.all())


def count(session: Session) -> int:
    """Count the entries."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _short(value: str) -> str:
    return value if len(value) <= MOST_CHARS else value[: MOST_CHARS - 1] + "…"
