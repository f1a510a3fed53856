"""Browsers in which editors are signed in, and browsers they are known by. Each is found by the hash of its secret alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from newsletter.model import Editor, EditorSession, KnownBrowser
from newsletter.store.accounts import challenges

MOST_KNOWN = 50
"""Browsers an editor is known by; the oldest is forgotten for the next, so that a program that signs in every hour leaves few rows."""


def add(session: Session, opened: EditorSession) -> None:
    """Store a new session and forget those of anyone that have expired."""
    session.execute(delete(EditorSession).where(EditorSession.expires_at <= opened.created_at))
    session.add(opened)
    session.flush()


def find(session: Session, secret_hash: bytes, now: datetime) -> Row[Editor, EditorSession] | None:
    """Return an open session and its editor; None when it was ended, has expired, or the editor is disabled."""
    return session.execute(
        select(Editor, EditorSession)
        .join(EditorSession, EditorSession.editor_id == Editor.id)
        .where(EditorSession.secret_hash == secret_hash, EditorSession.expires_at > now, Editor.disabled_at.is_(None))
    ).one_or_none()


def open_of(session: Session, editor_id: int, now: datetime) -> Sequence[EditorSession]:
    """Return the open sessions of an editor, the one seen last first."""
    return session.scalars(
        select(EditorSession)
        .where(EditorSession.editor_id == editor_id, EditorSession.expires_at > now)
        .order_by(EditorSession.seen_at.desc(), EditorSession.id.desc())
    ).all()


def note_seen(session: Session, session_id: int, now: datetime, *, expires_at: datetime) -> None:
    """Keep when a session was used last, and when it ends unless it is used again."""
    session.execute(
        update(EditorSession).where(EditorSession.id == session_id).values(seen_at=now, expires_at=expires_at)
    )


def note_proved(session: Session, session_id: int, now: datetime) -> None:
    """Keep when the editor of a session last proved who they are."""
    session.execute(update(EditorSession).where(EditorSession.id == session_id).values(proved_at=now))


def end(session: Session, secret_hash: bytes) -> None:
    """End the session of a secret; of none, nothing changes."""
    session.execute(delete(EditorSession).where(EditorSession.secret_hash == secret_hash))


def end_one(session: Session, editor_id: int, session_id: int) -> int:
    """End a session of an editor; one that is not theirs is left alone. Return how many ended."""
    mine = (EditorSession.id == session_id, EditorSession.editor_id == editor_id)
    return len(session.scalars(delete(EditorSession).where(*mine).returning(EditorSession.id)).all())


def end_others(session: Session, editor_id: int, session_id: int) -> int:
    """End every session of an editor but one; return how many ended."""
    others = (EditorSession.id != session_id, EditorSession.editor_id == editor_id)
    return len(session.scalars(delete(EditorSession).where(*others).returning(EditorSession.id)).all())


def end_all(session: Session, editor_id: int) -> None:
    """End every session and every half-done sign-in of an editor, and forget the browsers they are known by."""
    challenges.drop_all(session, editor_id)
    session.execute(delete(EditorSession).where(EditorSession.editor_id == editor_id))
    session.execute(delete(KnownBrowser).where(KnownBrowser.editor_id == editor_id))


def add_known(session: Session, editor_id: int, secret_hash: bytes, *, now: datetime, expires_at: datetime) -> None:
    """Store a browser an editor is known by from now on."""
    session.add(KnownBrowser(editor_id=editor_id, secret_hash=secret_hash, created_at=now, expires_at=expires_at))
    session.flush()
    newest = select(KnownBrowser.id).where(KnownBrowser.editor_id == editor_id).order_by(KnownBrowser.id.desc())
    session.execute(
        delete(KnownBrowser).where(
            KnownBrowser.editor_id == editor_id, KnownBrowser.id.not_in(newest.limit(MOST_KNOWN).scalar_subquery())
        )
    )
    session.execute(delete(KnownBrowser).where(KnownBrowser.expires_at <= now))


def known(session: Session, address: str, secret_hash: bytes, now: datetime) -> int | None:
    """Return the id of the browser with this secret if it is known for the editor with this address, else None."""
    return session.scalar(
        select(KnownBrowser.id)
        .join(Editor, Editor.id == KnownBrowser.editor_id)
        .where(
            KnownBrowser.secret_hash == secret_hash,
            KnownBrowser.expires_at > now,
            Editor.address == address,
            Editor.disabled_at.is_(None),
        )
    )


def forget_known(session: Session, secret_hash: bytes) -> None:
    """Forget the browser with this secret."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.secret_hash == secret_hash))
