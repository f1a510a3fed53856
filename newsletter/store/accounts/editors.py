"""Editors: who may sign in at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import Editor, EditorSession


class ListedEditor(NamedTuple):
    """An editor, in how many browsers they are signed in, and when the last of these was seen."""

    editor: Editor
    sessions: int
    seen_at: datetime | None


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


def lock(session: Session, address: str) -> Editor:
    """Return the editor with this address (lower case) for changing. Raises NotFoundError."""
    found = session.scalar(select(Editor).where(Editor.address == address).with_for_update())
    if found is None:
        raise NotFoundError("no editor has this address", remedy="`newsletter editor list` shows all of them")
    return found


def by_id(session: Session, editor_id: int) -> Editor | None:
    """Return an editor, or None when they are gone."""
    return session.get(Editor, editor_id)


def lock_by_id(session: Session, editor_id: int) -> Editor | None:
    """Return an editor for changing, or None when they are gone."""
    return session.get(Editor, editor_id, with_for_update=True)


def able(session: Session) -> Sequence[Editor]:
    """Return every editor who is not disabled."""
    return session.scalars(select(Editor).where(Editor.disabled_at.is_(None)).order_by(Editor.id)).all()


def any_there(session: Session) -> bool:
    """Tell whether there is an editor, able to sign in or not."""
    return session.scalar(select(Editor.id).limit(1)) is not None


def listed(session: Session, now: datetime) -> list[ListedEditor]:
    """Return all editors in the order they were made, with their open sessions."""
    rows = session.execute(
        select(Editor, func.count(EditorSession.id), func.max(EditorSession.seen_at))
        .outerjoin(EditorSession, (EditorSession.editor_id == Editor.id) & (EditorSession.expires_at > now))
        .group_by(Editor.id)
        .order_by(Editor.id)
    )
    return [ListedEditor(*row) for row in rows]


def remove(session: Session, editor_id: int) -> None:
    """Delete an editor, their sessions and the browsers they are known by; an address may be used again afterwards."""
    session.execute(delete(Editor).where(Editor.id == editor_id))
