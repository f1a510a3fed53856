"""Who may sit at the desk: editors, their roles, the browsers they are signed in at and known by; and what anybody did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word
from newsletter.model.rights import Role


class Editor(Base):
    """A person who signs in at the desk; one who is disabled does not."""

    __tablename__ = "editors"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str] = mapped_column(String(255))  # argon2id
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(String(64), default="", server_default="")  # empty: not said


class EditorSession(Base):
    """One signed-in browser, which alone has the secret; deleting the row signs it out."""

    __tablename__ = "editor_sessions"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of what is in the cookie
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]  # when its editor last proved who they are
    browser: Mapped[str] = mapped_column(String(60), default="")  # such as "Firefox on Linux"
    network: Mapped[str] = mapped_column(String(45), default="")  # newsletter.networks.network_of


class KnownBrowser(Base):
    """A browser in which an editor signed in before: strangers who guess at the address do not slow it down."""

    __tablename__ = "known_browsers"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of what is in its cookie
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Grant(Base):
    """A role of an editor: on one publication, or on the service and so on all (publication_id is null)."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("editor_id", "publication_id"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """Who changed what, when and from where; written in the transaction of the change, and kept for a set time.

    It outlives what it names, so nothing here points at a row; it holds no reader's address.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_publication", "publication_id", "id"),
        Index("ix_audit_entries_subject", "subject", "subject_id"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(20))  # newsletter.model.actor.ActorKind
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor_name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))  # such as "issue.pause"
    publication_id: Mapped[int | None] = mapped_column(BigId)
    subject: Mapped[str] = mapped_column(String(30))  # what it was done to, such as "issue"
    subject_id: Mapped[int | None] = mapped_column(BigId)
    subject_name: Mapped[str] = mapped_column(String(200), default="")  # its slug, where it has one
    old: Mapped[str] = mapped_column(Text, default="")
    new: Mapped[str] = mapped_column(Text, default="")
