"""Which role an editor has, on a publication or on the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from newsletter.model import Editor, Grant, Publication
from newsletter.model.actor import Actor, ActorKind, Grants
from newsletter.model.rights import HeldGrant, Right, Role, rights_of


def of(session: Session, editor_id: int) -> Sequence[Grant]:
    """Return the grants of an editor, that for the service first, then by publication."""
    rows = session.scalars(select(Grant).where(Grant.editor_id == editor_id)).all()
    return sorted(rows, key=lambda grant: grant.publication_id or 0)


def held(session: Session) -> dict[int, list[HeldGrant]]:
    """Return the roles of each editor by id, that for the service first, then by the publication's slug."""
    rows = session.execute(
        select(Grant.editor_id, Grant.role, Publication.slug)
        .outerjoin(Publication, Publication.id == Grant.publication_id)
        .order_by(Grant.editor_id, Grant.publication_id.is_not(None), Publication.slug)
    )
    found: dict[int, list[HeldGrant]] = {}
    for editor_id, role, slug in rows:
        found.setdefault(editor_id, []).append(HeldGrant(role, slug or ""))
    return found


def rights(session: Session, editor_id: int) -> Grants:
    """Return what an editor may do at this moment, by publication; under None what holds everywhere."""
    found: dict[int | None, frozenset[Right]] = {}
    for grant in of(session, editor_id):
        found[grant.publication_id] = rights_of(grant.role, publication_id=grant.publication_id)
    return found


def actor(session: Session, editor_id: int, place: str) -> Actor | None:
    """Return an editor as somebody who acts, with the rights of this moment; None for one who is gone or may not sign in."""
    editor = session.get(Editor, editor_id)
    return None if editor is None or editor.disabled_at is not None else acting(session, editor, place)


def acting(session: Session, editor: Editor, place: str) -> Actor:
    """Return an editor as somebody who acts from a place, with the rights of this moment."""
    held = rights(session, editor.id)
    return Actor(ActorKind.EDITOR, editor.id, editor.address, place, called=editor.name, grants=held)


def give(session: Session, editor_id: int, publication_id: int | None, role: Role, now: datetime) -> Role | None:
    """Give an editor a role in place of the one they have there; return that one. The editor must be locked."""
    held = _held(session, editor_id, publication_id)
    if held is None:
        session.add(Grant(editor_id=editor_id, publication_id=publication_id, role=role, created_at=now))
        session.flush()
        return None
    old, held.role = held.role, role
    session.flush()
    return old


def take(session: Session, editor_id: int, publication_id: int | None) -> Role | None:
    """Take the role that an editor has there; return it, None when there was none."""
    held = _held(session, editor_id, publication_id)
    if held is None:
        return None
    session.execute(delete(Grant).where(Grant.id == held.id))
    return held.role


def able_owners(session: Session) -> Sequence[int]:
    """Return the ids of the owners of the service who are not disabled; their rows are locked."""
    session.scalars(_able_owners().with_for_update(of=Editor)).all()
    # Asked once more: a grant that another transaction took while this one waited for its rows was still seen above.
    return session.scalars(_able_owners()).all()


def _able_owners() -> Select[int]:
    return (
        select(Editor.id)
        .join(Grant, Grant.editor_id == Editor.id)
        .where(Grant.publication_id.is_(None), Grant.role == Role.OWNER, Editor.disabled_at.is_(None))
        .order_by(Editor.id)
    )


def _held(session: Session, editor_id: int, publication_id: int | None) -> Grant | None:
    return session.scalar(
        select(Grant).where(Grant.editor_id == editor_id, Grant.publication_id.is_not_distinct_from(publication_id))
    )


def able_with(session: Session, right: Right, publication_id: int, *, limit: int = 100) -> Sequence[Editor]:
    """Return the editors who are not disabled and have a right on a publication."""
    whole = [role for role in Role if right in rights_of(role, publication_id=None)]
    there = [role for role in Role if right in rights_of(role, publication_id=publication_id)]
    holds = (Grant.publication_id.is_(None) & Grant.role.in_(whole)) | (
        (Grant.publication_id == publication_id) & Grant.role.in_(there)
    )
    query = select(Editor).join(Grant, Grant.editor_id == Editor.id).where(holds, Editor.disabled_at.is_(None))
    return session.scalars(query.distinct().order_by(Editor.id).limit(limit)).all()
