"""Snippets: pieces of text that a publication uses again and again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId


class Snippet(Base):
    """A piece of Markdown that editors insert into issues, by its name."""

    __tablename__ = "snippets"
    __table_args__ = (UniqueConstraint("publication_id", "name"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
