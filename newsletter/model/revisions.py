"""What an issue said before, what is typed and not stored yet, who has it open, and which advice was accepted.

No row here points at `issues`: a deleted draft leaves that table for the bin, and comes back with its history. What belongs to a
publication goes with it; the history of a draft goes when the bin forgets it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word


class RevisionOrigin(StrEnum):
    """How a text came to be stored."""

    TYPED = "typed"
    MERGED = "merged"  # typed by two at once, and put together
    IMPORTED = "imported"
    MOVED_IN = "moved in"  # published by another product
    BEGUN = "begun"  # a new draft
    FILLED = "filled"  # with what was gathered, or it was taken out
    MENDED = "mended"
    DRAFTED = "drafted"  # words were proposed, or their marks taken out
    RENAMED = "renamed"
    RESTORED = "restored"  # an earlier text, stored again
    FOUND = "found"  # it stood there before anything was noted


class IssueRevision(Base):
    """A text of an issue as it was stored once, whole."""

    __tablename__ = "issue_revisions"
    __table_args__ = (Index(None, "at"),)

    issue_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    origin: Mapped[RevisionOrigin] = mapped_column(Word(RevisionOrigin))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # the text in UTF-8, zlib
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the text
    octets: Mapped[int]  # of the text
    added: Mapped[int]  # words, against the revision before
    removed: Mapped[int]


class WorkingCopy(Base):
    """What somebody has typed on one page of the desk and not stored yet: it need not be readable as an issue."""

    __tablename__ = "working_copies"
    __table_args__ = (UniqueConstraint("issue_id", "person", "page"), Index(None, "at"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int]
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    page: Mapped[str] = mapped_column(String(32))  # a word that the page made up for itself
    revision: Mapped[int]  # it was typed on
    body: Mapped[bytes] = mapped_column(LargeBinary)  # the text in UTF-8, zlib
    octets: Mapped[int]
    at: Mapped[datetime]


class OpenPage(Base):
    """Somebody has an issue open to write: a sign of life, which counts for less than a minute."""

    __tablename__ = "open_pages"
    __table_args__ = (Index(None, "seen_at"),)

    issue_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    person: Mapped[str] = mapped_column(String(250), primary_key=True)  # Actor.person
    page: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    typed: Mapped[bool]  # whether something stands there that is not stored
    seen_at: Mapped[datetime]


class AcceptedFinding(Base):
    """Advice of preflight that somebody accepted for one issue, with the reason; it holds while the passage stays as it was."""

    __tablename__ = "accepted_findings"

    issue_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # a digest of rule, place and passage
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
