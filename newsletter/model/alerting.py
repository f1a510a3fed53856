"""What somebody must be told of, and whether anybody was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId


class Alarm(Base):
    """One cause that somebody must know of: it is open until it is mended, or, where nothing tells of that, seen."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause: Mapped[str] = mapped_column(String(120), index=True)  # one open alarm for each
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(400))
    what: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)  # the page that shows more
    since: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(BigId)  # an editor; none: by command
    ended_at: Mapped[datetime | None]  # the cause was mended; or it was seen, where nothing else would end it
    # The second way.
    tell_at: Mapped[datetime | None] = mapped_column(index=True)  # not before; none: no more
    told: Mapped[int] = mapped_column(default=0)  # times that it took it
    failed: Mapped[int] = mapped_column(default=0)  # times in a row that it did not
