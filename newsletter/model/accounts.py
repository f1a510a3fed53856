"""Who may sit at the desk: editors, the browsers they are signed in at, and the browsers they are known by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId


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
