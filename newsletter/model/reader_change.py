"""Changes that an editor makes to many readers at once, whom each changed, and what editors note of a reader."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word


class ReaderChangeKind(StrEnum):
    """What is done to each of the readers."""

    TAG = "tag"
    UNTAG = "untag"
    UNSUBSCRIBE = "unsubscribe"


class ReaderChangeState(StrEnum):
    """How far a change is."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


_AT_WORK = text("state IN ('running', 'undoing')")


class ReaderChange(Base):
    """A change of all readers whom a filter matches, made range by range of their ids; `upto` is where the next range begins."""

    __tablename__ = "reader_changes"
    __table_args__ = (
        Index("ix_reader_changes_at_work", "id", postgresql_where=_AT_WORK, sqlite_where=_AT_WORK),
        Index(None, "publication_id", "id"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    kind: Mapped[ReaderChangeKind] = mapped_column(Word(ReaderChangeKind))
    tag_id: Mapped[int | None] = mapped_column(BigId)  # no foreign key: a tag may go, and what was done stays written
    tag: Mapped[str] = mapped_column(String(100), default="")
    filter: Mapped[dict[str, Any]] = mapped_column(
        JSON
    )  # newsletter.model.reader_filter.ReaderFilter; {} once it is forgotten
    state: Mapped[ReaderChangeState] = mapped_column(Word(ReaderChangeState))
    upto: Mapped[int] = mapped_column(BigId, default=0)  # the subscription that was looked at last
    last: Mapped[int] = mapped_column(BigId)  # whoever comes after it is not meant
    matched: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    left_alone: Mapped[int] = mapped_column(default=0)  # changed by somebody since, and so not put back
    actor: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    undo_until: Mapped[datetime]


class ChangedReader(Base):
    """A reader whom a change changed, and what stood there before: it is what undoing puts back."""

    __tablename__ = "changed_readers"

    change_id: Mapped[int] = mapped_column(ForeignKey("reader_changes.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    was: Mapped[str] = mapped_column(String(20), default="")  # of an unsubscription: the state before
    at: Mapped[datetime]


class ReaderNote(Base):
    """What an editor noted of a reader; erased with the person."""

    __tablename__ = "reader_notes"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(String(250))  # newsletter.model.actor.Actor.person
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
