"""Past issues of other products: which post became which issue, and where its old address leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId


class MovedPost(Base):
    """A post of another product and the issue that it became. It outlives a draft that is deleted: that one does not come again."""

    __tablename__ = "moved_posts"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    product: Mapped[str] = mapped_column(String(20), primary_key=True)
    foreign_id: Mapped[str] = mapped_column(String(300), primary_key=True)  # its id there, or the name of its file
    issue_id: Mapped[int] = mapped_column(BigId)  # no key: an issue may lie in the bin
    revision: Mapped[int]  # of the issue, as it was moved in: another one means that somebody edited it here
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the post and of what was to become of it
    copied: Mapped[bool]  # its pictures were to be copied
    moved_at: Mapped[datetime]


class OldAddress(Base):
    """Where an issue stood before it moved in: a path on the host of then, without a slash at its end."""

    __tablename__ = "old_addresses"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True, index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
