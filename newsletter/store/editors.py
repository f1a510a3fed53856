"""Editors and their signed-in browsers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError
from newsletter.model import Editor, EditorSession


def add(session: Session, editor: Editor) -> Editor:
    """Store a new editor; the id is set on return. Raises ConflictError when the address is taken."""
    session.add(editor)
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(
            "an editor with this address exists already", remedy="sign in, or choose another address"
        ) from None
    return editor


def find(session: Session, address: str) -> Editor | None:
    """Return the editor with this address (lower case), or None."""
    return session.scalar(select(Editor).where(Editor.address == address))


def set_password_hash(session: Session, editor_id: int, password_hash: str) -> None:
    """Keep another hash of an editor's password."""
    session.get_one(Editor, editor_id).password_hash = password_hash


def open_session(session: Session, editor_id: int, now: datetime, expires_at: datetime) -> EditorSession:
    """Store a new session and forget those that have expired."""
    session.execute(delete(EditorSession).where(EditorSession.expires_at <= now))
    opened = EditorSession(editor_id=editor_id, created_at=now, expires_at=expires_at)
    session.add(opened)
    session.flush()
    return opened


def by_session(session: Session, session_id: int, now: datetime) -> Editor | None:
    """Return the editor a session belongs to, or None when it was closed or has expired."""
    return session.scalar(
        select(Editor)
        .join(EditorSession, EditorSession.editor_id == Editor.id)
        .where(EditorSession.id == session_id, EditorSession.expires_at > now)
    )


def close_session(session: Session, session_id: int) -> None:
    """Forget a session: its browser is signed out."""
    session.execute(delete(EditorSession).where(EditorSession.id == session_id))


def close_all_sessions(session: Session, editor_id: int) -> None:
    """Sign an editor out everywhere."""
    session.execute(delete(EditorSession).where(EditorSession.editor_id == editor_id))
