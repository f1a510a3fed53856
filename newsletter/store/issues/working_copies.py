"""Texts as typed and not stored, a row for each page of the desk; and who has an issue open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from newsletter.model import OpenPage, WorkingCopy
from newsletter.store.inserting import insert_new
from newsletter.store.issues.revisions import packed

_KEY = ("issue_id", "person", "page")


def keep(session: Session, text: str, copy: WorkingCopy, *, most: int) -> None:
    """Store the text of a page in the place of what was kept of it, and forget all but the newest `most` of its issue."""
    values = {name: getattr(copy, name) for name in ("publication_id", "name", "revision", "at")}
    values |= {"body": packed(text), "octets": len(text.encode("utf-8", "surrogatepass"))}
    key = {name: getattr(copy, name) for name in _KEY}
    if insert_new(session, WorkingCopy, [key | values], unique=_KEY, returning=[WorkingCopy.id]):
        of_issue = WorkingCopy.issue_id == copy.issue_id
        newest = select(WorkingCopy.id).where(of_issue).order_by(WorkingCopy.at.desc(), WorkingCopy.id.desc())
        stale = delete(WorkingCopy).where(of_issue, WorkingCopy.id.not_in(newest.limit(most).scalar_subquery()))
        session.execute(stale, execution_options={"synchronize_session": False})
        return
    statement = update(WorkingCopy).where(*(getattr(WorkingCopy, name) == key[name] for name in _KEY)).values(**values)
    session.execute(statement, execution_options={"synchronize_session": False})


def drop(session: Session, issue_id: int, person: str, page: str) -> None:
    """Forget what was kept of a page: it is stored, or was discarded."""
    same = (WorkingCopy.issue_id == issue_id, WorkingCopy.person == person, WorkingCopy.page == page)
    session.execute(delete(WorkingCopy).where(*same), execution_options={"synchronize_session": False})


def drop_one(session: Session, issue_id: int, copy_id: int, person: str) -> None:
    """Forget one, if it is this person's."""
    same = (WorkingCopy.issue_id == issue_id, WorkingCopy.id == copy_id, WorkingCopy.person == person)
    session.execute(delete(WorkingCopy).where(*same), execution_options={"synchronize_session": False})


def of_issue(session: Session, issue_id: int) -> Sequence[WorkingCopy]:
    """Return what is kept of an issue without its texts, the newest first."""
    query = select(WorkingCopy).where(WorkingCopy.issue_id == issue_id).options(defer(WorkingCopy.body))
    return session.scalars(query.order_by(WorkingCopy.at.desc(), WorkingCopy.id.desc())).all()


def find(session: Session, issue_id: int, copy_id: int) -> WorkingCopy | None:
    """Return one, or None."""
    query = select(WorkingCopy).where(WorkingCopy.issue_id == issue_id, WorkingCopy.id == copy_id)
    return session.scalar(query)


def see(session: Session, page: OpenPage) -> None:
    """Note that somebody has an issue open at this moment."""
    row = {name: getattr(page, name) for name in (*_KEY, "name", "typed", "seen_at")}
    if not insert_new(session, OpenPage, [row], unique=_KEY, returning=[OpenPage.page]):
        same = (getattr(OpenPage, name) == row[name] for name in _KEY)
        statement = update(OpenPage).where(*same).values(name=page.name, typed=page.typed, seen_at=page.seen_at)
        session.execute(statement, execution_options={"synchronize_session": False})


def others(session: Session, issue_id: int, person: str, since: datetime) -> Sequence[OpenPage]:
    """Return who else has an issue open, by name."""
    query = select(OpenPage).where(OpenPage.issue_id == issue_id, OpenPage.person != person, OpenPage.seen_at > since)
    return session.scalars(query.order_by(OpenPage.name, OpenPage.person, OpenPage.seen_at)).all()


def forget(session: Session, *, copies_before: datetime, pages_before: datetime) -> None:
    """Remove what is too old."""
    for statement in (
        delete(WorkingCopy).where(WorkingCopy.at < copies_before),
        delete(OpenPage).where(OpenPage.seen_at < pages_before),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
