"""End a publication: close it, so that nobody joins and nothing is sent while its archive stays; then, on request, have it removed.

What is removed goes in bounded steps, by the scheduler (`newsletter.publications.removing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.audience import invitations
from newsletter.store.database import Database
from newsletter.store.publications import publications, removing

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ending:
    """The tools of ending publications, put together once per process."""

    database: Database
    clock: Clock

    def close(self, publication_id: int, *, by: Actor) -> Publication:
        """Let nobody join any more and nothing be sent. Raises NotFoundError, ForbiddenError; ConflictError while an issue is on its way."""
        now = self.clock.now()
        with self.database.write() as session:
            home = _locked(session, publication_id, by)
            if home.closed_at is not None:
                raise ConflictError("it is closed already", where=home.name)
            _see_nothing_on_its_way(session, home)
            invitations.stop(session, home.id)
            home.closed_at = now
            _note(session, by, "publication.close", home, now)
        return home

    def reopen(self, publication_id: int, *, by: Actor) -> Publication:
        """Take the closing back. Raises NotFoundError, ForbiddenError; ConflictError when it is not closed, or is being removed."""
        with self.database.write() as session:
            home = _locked(session, publication_id, by)
            if home.closed_at is None:
                raise ConflictError("it is not closed", where=home.name)
            home.closed_at = None
            _note(session, by, "publication.reopen", home, self.clock.now())
        return home

    def remove(self, publication_id: int, typed: str, *, by: Actor) -> Publication:
        """Have a closed publication removed with all that is kept of it; `typed` is its name, as proof that it is meant.

        From now on nobody finds it. Raises NotFoundError; ForbiddenError; InputError for another name; ConflictError when it is not
        closed, or an issue is on its way.
        """
        now = self.clock.now()
        with self.database.write() as session:
            home = _locked(session, publication_id, by)
            if home.closed_at is None:
                raise ConflictError(
                    "it is not closed", where=home.name, remedy="close it first: that can be taken back"
                )
            if typed.strip() != home.name:
                raise InputError("that is not its name", where="name", remedy=f"type {home.name}, letter for letter")
            _see_nothing_on_its_way(session, home)
            home.removal_at = now
            _note(session, by, "publication.remove", home, now)
        log.info("publication to be removed", publication_id=home.id, by=str(by))
        return home


def _locked(session: Session, publication_id: int, by: Actor) -> Publication:
    home = publications.lock(session, publication_id)
    require(by, Right.MANAGE_PUBLICATION, home.id)
    if home.removal_at is not None:
        raise ConflictError("it is being removed already", where=home.name)
    return home


def _see_nothing_on_its_way(session: Session, home: Publication) -> None:
    if slug := removing.on_its_way(session, home.id):
        remedy = "take it back if it is only scheduled; else wait until it is sent, or cancel it"
        raise ConflictError(f"issue {slug} is scheduled or on its way", where=home.name, remedy=remedy)


def _note(session: Session, by: Actor, action: str, home: Publication, at: datetime) -> None:
    audit.add(
        session,
        by,
        action,
        audit.Subject("publication", home.id, home.slug),
        at=at,
        publication_id=home.id,
        new=home.name,
    )
