"""The team as an owner or the operator sees it: make, list, give a role or a new password, sign out, disable, enable, remove.

What changes a right ends the editor's sessions, and is written down, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from newsletter.accounts.owners import leave_an_owner
from newsletter.accounts.password_rules import words_about
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import NotFoundError
from newsletter.mail.address import parse_address
from newsletter.model import Editor, Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import HeldGrant, Right, Role
from newsletter.store.accounts import audit, editors, grants, second_factors, sessions
from newsletter.store.accounts.audit import Subject
from newsletter.store.accounts.editors import ListedEditor
from newsletter.store.database import Database
from newsletter.store.publications import publications

MOST_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Member:
    """An editor with their sessions and roles."""

    listed: ListedEditor
    roles: Sequence[HeldGrant]
    second_factor: bool


@dataclass(frozen=True)
class Team:
    """The editors. Whoever changes something about one needs the right to manage accounts, else ForbiddenError is raised.

    Addresses are given in any letter case. Each change raises InputError for what is no address, NotFoundError for nobody's.
    """

    database: Database
    clock: Clock
    passwords: Passwords

    def members(self) -> list[Member]:
        """Return all editors in the order they were made."""
        with self.database.read() as session:
            roles = grants.held(session)
            rows = editors.listed(session, self.clock.now())
            safer = second_factors.with_any(session)
        return [Member(row, roles.get(row.editor.id, ()), row.editor.id in safer) for row in rows]

    def publications(self) -> list[Publication]:
        """Return the publications that a role may be given for, by slug."""
        with self.database.read() as session:
            return publications.all_of(session)

    def scope(self, publication: str) -> int | None:
        """Return the id of the publication with this slug; None, for the whole service, when it is empty. Raises NotFoundError."""
        if not publication:
            return None
        with self.database.read() as session:
            return publications.get(session, publication).id

    def create(self, address: str, password: str, held: HeldGrant, *, name: str = "", by: Actor) -> Editor:
        """Store an editor with a role. Raises InputError for an address or password that will not do, ConflictError when it exists."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        known_as, scope = known(address), self.scope(held.publication)
        hashed = self.passwords.hash(password, about=words_about(self.database, known_as, name))
        made = Editor(address=known_as, name=name[:MOST_NAME_CHARS], password_hash=hashed, created_at=self.clock.now())
        with self.database.write() as session:
            editors.add(session, made)
            grants.give(session, made.id, scope, held.role, made.created_at)
            self._note(session, by, "editor.create", made, publication_id=scope, new=held.role)
        return made

    def give_role(self, address: str, held: HeldGrant, *, by: Actor) -> None:
        """Give an editor a role in place of the one they have there. Raises ConflictError for the last able owner."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        scope = self.scope(held.publication)
        with self.database.write() as session:
            demotes = scope is None and held.role is not Role.OWNER
            editor = self._leaving(session, address) if demotes else editors.lock(session, known(address))
            old = grants.give(session, editor.id, scope, held.role, self.clock.now())
            if old is not held.role:
                sessions.end_all(session, editor.id)
                self._note(session, by, "editor.role", editor, publication_id=scope, old=old or "", new=held.role)

    def take_role(self, address: str, scope: int | None, *, by: Actor) -> None:
        """Take the role an editor has for a publication (None: for the service). Raises NotFoundError when they have none, ConflictError for the last able owner."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = self._leaving(session, address) if scope is None else editors.lock(session, known(address))
            old = grants.take(session, editor.id, scope)
            if old is None:
                raise NotFoundError(
                    "they have no role there", where=editor.address, remedy="`newsletter editor list` shows all roles"
                )
            sessions.end_all(session, editor.id)
            self._note(session, by, "editor.role", editor, publication_id=scope, old=old)

    def set_password(self, address: str, password: str, *, by: Actor) -> None:
        """Give an editor a new password and sign them out everywhere."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        known_as = known(address)
        hashed = self.passwords.hash(password, about=words_about(self.database, known_as))
        with self.database.write() as session:
            editor = editors.lock(session, known_as)
            editor.password_hash = hashed
            sessions.end_all(session, editor.id)
            self._note(session, by, "editor.password", editor)

    def remove_second_factor(self, address: str, *, by: Actor) -> None:
        """Take every second factor of an editor away, who lost it, and sign them out everywhere."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = editors.lock(session, known(address))
            second_factors.remove_all(session, editor.id)
            sessions.end_all(session, editor.id)
            self._note(session, by, "editor.second factor", editor, new="removed")

    def sign_out(self, address: str, *, by: Actor) -> None:
        """Sign an editor out everywhere."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = editors.lock(session, known(address))
            sessions.end_all(session, editor.id)
            self._note(session, by, "session.end", editor, new="all")

    def disable(self, address: str, *, by: Actor) -> None:
        """Let an editor sign in no more, and sign them out; a second time changes nothing. Raises ConflictError for the last able owner."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = self._leaving(session, address)
            if editor.disabled_at is None:
                editor.disabled_at = self.clock.now()
                self._note(session, by, "editor.disable", editor)
            sessions.end_all(session, editor.id)

    def enable(self, address: str, *, by: Actor) -> None:
        """Let a disabled editor sign in again, with the password they had."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = editors.lock(session, known(address))
            if editor.disabled_at is not None:
                editor.disabled_at = None
                self._note(session, by, "editor.enable", editor)

    def remove(self, address: str, *, by: Actor) -> None:
        """Delete an editor with their sessions; what they wrote stays. Raises ConflictError for the last able owner."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        with self.database.write() as session:
            editor = self._leaving(session, address)
            self._note(session, by, "editor.remove", editor)
            editors.remove(session, editor.id)

    def _leaving(self, session: Session, address: str) -> Editor:
        known_as = known(address)
        found = editors.find(session, known_as)
        if found is not None:
            leave_an_owner(session, found.id)
        return editors.lock(session, known_as)

    def _note(self, session: Session, by: Actor, action: str, editor: Editor, **more: Any) -> None:
        audit.add(session, by, action, Subject("editor", editor.id, editor.address), at=self.clock.now(), **more)


def known(address: str) -> str:
    """Return an address as editors are known by it, in lower case. Raises InputError."""
    return parse_address(address).text.lower()
