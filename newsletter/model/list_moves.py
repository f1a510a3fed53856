"""Files that somebody moves in at the desk, with readers or past issues: what one was taken for, what is chosen, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId


class MoveKind(StrEnum):
    """What of a file moves in."""

    READERS = "readers"
    POSTS = "posts"


class ListMoveState(StrEnum):
    """How far a list is: looked at in a dry run, which is done as often as something else is chosen, then moved in."""

    LOOKING = "looking"
    LOOKED = "looked"
    MOVING = "moving"
    MOVED = "moved"
    DISCARDED = "discarded"


UNDER_WAY = (ListMoveState.LOOKING, ListMoveState.MOVING)
"""States in which a worker has something to do."""


class ListMove(Base):
    """One file that is moved in at the desk. While a worker has it, `holder` has a lease; who finds it run out begins again."""

    __tablename__ = "list_moves"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default=MoveKind.READERS, server_default="readers")
    editor_id: Mapped[int] = mapped_column(BigId)  # whoever began it; ids of editors never come again
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(100))  # from where, as Actor.place
    file_name: Mapped[str] = mapped_column(String(200))  # as it was called
    kept_as: Mapped[str] = mapped_column(String(64))  # its file among the uploads
    octets: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(20), index=True)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    survey: Mapped[dict[str, Any]] = mapped_column(JSON)  # what its files are, column by column
    report: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the dry run, or of the move; empty where there is none
    trouble: Mapped[str] = mapped_column(Text)  # why the last run ended with nothing
    trouble_where: Mapped[str] = mapped_column(String(400))
    holder: Mapped[str] = mapped_column(String(100))
    leased_until: Mapped[datetime | None]
    runs: Mapped[int]  # of the state it is in: more than one where a worker died
    rows: Mapped[int] = mapped_column(BigId)  # read in this run
    octets_read: Mapped[int] = mapped_column(BigId)
    octets_due: Mapped[int] = mapped_column(BigId)
    stored: Mapped[int] = mapped_column(BigId)
    stored_due: Mapped[int] = mapped_column(BigId)
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]  # when its files were deleted
