"""Ways in at the desk besides the password, and the keys of programs. Of every secret the ledger holds a hash or a sealed copy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word
from newsletter.model.rights import Role


class LinkKind(StrEnum):
    """What a link that works once is for."""

    INVITE = "invite"
    RESET = "reset"
    SIGN_IN = "sign-in"
    OWNER = "owner"  # makes the first owner


ACCOUNT_NOTICES = {LinkKind.INVITE: "team_invite", LinkKind.RESET: "password_reset", LinkKind.SIGN_IN: "signin"}
"""Kinds of the notices that bring links; each is written when it is sent."""


class AccountLink(Base):
    """A link that works once. One that goes by mail gets its secret when the mail is written, and only the mail has it."""

    __tablename__ = "account_links"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(Word(LinkKind))
    address: Mapped[str] = mapped_column(String(320), index=True)  # empty for that of the first owner
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)  # SHA-256; none until it is written
    role: Mapped[Role | None] = mapped_column(Word(Role))  # of an invitation
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Authenticator(Base):
    """The program of an editor that shows one-time codes (RFC 6238); until it is confirmed it lets nobody in."""

    __tablename__ = "authenticators"

    editor_id: Mapped[int] = mapped_column(
        ForeignKey("editors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary(120))  # its secret: newsletter.accounts.sealing
    step: Mapped[int] = mapped_column(BigId, default=0)  # of the newest code that was taken: none is taken twice
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for the second factor once; using it deletes the row."""

    __tablename__ = "recovery_codes"

    editor_id: Mapped[int] = mapped_column(
        ForeignKey("editors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of 80 random bits


class Passkey(Base):
    """A key pair of an editor's device (Web Authentication Level 3); the ledger has the public one."""

    __tablename__ = "passkeys"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2000))  # COSE
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class EditorIdentity(Base):
    """Who an editor is at an issuer of single sign-on: its subject decides, whatever address it has by now."""

    __tablename__ = "editor_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("editor_id", "issuer"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    editor_id: Mapped[int] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))  # OpenID Connect Core section 2: 255 characters at most
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class Challenge(Base):
    """A step that a browser has begun and may end once: the second factor after a password, or what a passkey signs."""

    __tablename__ = "challenges"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of what is in the cookie
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"), index=True)
    octets: Mapped[bytes] = mapped_column(LargeBinary(64))  # what a passkey signs
    proves: Mapped[bool] = mapped_column(default=False)  # whether the password was given, and not a link
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(Base):
    """The key of a program: rights on one publication or on the service, for a time."""

    __tablename__ = "api_keys"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    prefix: Mapped[str] = mapped_column(String(12), unique=True)  # shown
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256 of the whole key
    name: Mapped[str] = mapped_column(String(60))
    rights: Mapped[str] = mapped_column(Text)  # newsletter.model.rights.Right, with commas between
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("editors.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
