"""Who of us is meant by somebody whom an issuer vouches for: by its subject, else once by a verified address; and letting go of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.accounts import sessions
from newsletter.accounts.editors import MOST_NAME_CHARS, known
from newsletter.accounts.oidc_issuer import Vouched
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.accounts.sign_in import SignIn
from newsletter.errors import ConflictError, InputError
from newsletter.model import Editor, EditorIdentity
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import Role
from newsletter.store.accounts import account_links, audit, editors, grants
from newsletter.store.accounts import identities as store
from newsletter.store.accounts import sessions as session_store
from newsletter.store.accounts.audit import Subject

_NOBODYS_ID = 0
"""Looked for where nobody is meant, so that it takes no less: ids begin at 1."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The address of somebody who joins, with their role and the publication it is for; None for the service."""

    address: str
    role: Role
    publication_id: int | None


@dataclass(frozen=True)
class Identities:
    """The tools, put together once per process. `newcomers` is the role of whom nobody knows; None lets nobody in."""

    sign_in: SignIn
    newcomers: Role | None = None

    def of(self, seat: SignedIn) -> Sequence[EditorIdentity]:
        """Return the identities of an editor, oldest first."""
        with self.sign_in.database.read() as session:
            return store.of(session, seat.editor.id)

    def is_of(self, person: Vouched, editor_id: int) -> bool:
        """Tell whether the person is known to be this editor."""
        with self.sign_in.database.read() as session:
            found = store.find(session, person.issuer, person.subject)
            return found is not None and found.editor_id == editor_id

    def editor_of(self, session: Session, person: Vouched, *, visit: Visit) -> Editor:
        """Return the editor who is meant, locked: known by the subject, else by the address, else invited, else a newcomer.

        Raises InputError when the address is not verified, and in the same words, after as much work, for all who are not let in.
        """
        now = self.sign_in.clock.now()
        identity = store.find(session, person.issuer, person.subject)
        address = "" if identity else _verified(person)
        # The invitation before the editor: where the same person joined in between, it is gone, and the editor is there to be found.
        role, scope = self._awaited(session, address, now)
        found = editors.find(session, address)
        editor = editors.lock_by_id(session, identity.editor_id if identity else found.id if found else _NOBODYS_ID)
        linked = self._linked(session, editor.id if editor else _NOBODYS_ID, person)
        if editor is None and role is not None and not identity:
            account_links.withdraw(session, address)
            editor = self._join(session, person, _Place(address, role, scope), visit)
        if editor is None or editor.disabled_at is not None or (linked and linked.subject != person.subject):
            raise _nobody()
        if linked:
            store.note_used(session, linked.id, now)
        else:
            self._link(session, editor, person, visit)
        return editor

    def unlink(self, seat: SignedIn, identity_id: int, *, visit: Visit) -> Opened:
        """Let go of an identity of one's own; every other session ends. Raises ConflictError when it is gone."""
        with self.sign_in.database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            issuer = store.remove(session, seat.editor.id, identity_id)
            if issuer is None:
                raise ConflictError("this is gone already", remedy="load the page again")
            now = self.sign_in.clock.now()
            session_store.end_all(session, seat.editor.id)
            subject = Subject("editor", seat.editor.id, seat.editor.address)
            audit.add(session, seat.actor, "editor.identity", subject, at=now, old=issuer, new="unlinked")
            return sessions.begin(session, seat.editor.id, now=now, visit=visit, brought=Brought())

    def _linked(self, session: Session, editor_id: int, person: Vouched) -> EditorIdentity | None:
        """Return who the editor is at this issuer: an address that went to another person there opens nothing."""
        return next((each for each in store.of(session, editor_id) if each.issuer == person.issuer), None)

    def _awaited(self, session: Session, address: str, now: datetime) -> tuple[Role | None, int | None]:
        """Return the role, and where, of somebody who is invited, or of a newcomer where they may come in; none of anybody else."""
        invited = account_links.invitation(session, address, now)
        # Before there is an owner nobody comes in: the link that makes the first one works only while there is no editor.
        newcomers = self.newcomers if editors.any_there(session) else None
        return (invited.role or Role.WRITER, invited.publication_id) if invited else (newcomers, None)

    def _join(self, session: Session, person: Vouched, held: _Place, visit: Visit) -> Editor:
        name, now = person.name.strip()[:MOST_NAME_CHARS], self.sign_in.clock.now()
        unusable = self.sign_in.passwords.unusable()
        made = editors.add(session, Editor(address=held.address, name=name, password_hash=unusable, created_at=now))
        grants.give(session, made.id, held.publication_id, held.role, now)
        self._note(session, made, "editor.create", visit, publication_id=held.publication_id, new=held.role)
        return made

    def _link(self, session: Session, editor: Editor, person: Vouched, visit: Visit) -> None:
        now = self.sign_in.clock.now()
        made = EditorIdentity(
            editor_id=editor.id, issuer=person.issuer, subject=person.subject, created_at=now, used_at=now
        )
        store.add(session, made)
        self._note(session, editor, "editor.identity", visit, new=f"linked: {person.issuer}")

    def _note(self, session: Session, editor: Editor, action: str, visit: Visit, **more: Any) -> None:
        by = Actor(ActorKind.EDITOR, editor.id, editor.address, visit.network)
        subject = Subject("editor", editor.id, editor.address)
        audit.add(session, by, action, subject, at=self.sign_in.clock.now(), **more)


def _verified(person: Vouched) -> str:
    """Return the address that the issuer says is the person's own. Raises InputError."""
    if not person.address or not person.verified:
        raise InputError(
            "your address is not verified there, so it cannot tell who you are here",
            remedy="verify it there and come back, or sign in another way",
        )
    try:
        return known(person.address)
    except InputError:
        raise _nobody() from None


def _nobody() -> InputError:
    return InputError(
        "nobody here is known by what came back from there",
        remedy="ask an owner for an invitation, or sign in another way",
    )
