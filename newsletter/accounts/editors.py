"""Editors as the operator sees them: make, list, give a new password, sign out, disable, enable, remove.

What takes a right away ends the editor's sessions in the same transaction.
"""

from __future__ import annotations

from newsletter.accounts.passwords import Passwords
from newsletter.clock import Clock
from newsletter.mail.address import parse_address
from newsletter.model import Editor
from newsletter.model.rights import Role
from newsletter.store import editors, grants, sessions
from newsletter.store.database import Database
from newsletter.store.editors import Listed

MOST_NAME_CHARS = 200


def create(
    database: Database, passwords: Passwords, *, clock: Clock, address: str, password: str, name: str = ""
) -> Editor:
    """Store an editor. Raises InputError for an address or password that will not do, ConflictError when it exists."""
    known_as = _known_as(address)
    hashed = passwords.hash(password)
    made = Editor(address=known_as, name=name[:MOST_NAME_CHARS], password_hash=hashed, created_at=clock.now())
    with database.write() as session:
        editors.add(session, made)
        grants.give(session, made.id, None, Role.OWNER, made.created_at)
        return made


def listed(database: Database, *, clock: Clock) -> list[Listed]:
    """Return all editors, in how many browsers each is signed in, and when the last of these was seen."""
    with database.read() as session:
        return editors.listed(session, clock.now())


def set_password(database: Database, passwords: Passwords, *, address: str, password: str) -> None:
    """Give an editor a new password and sign them out everywhere. Raises InputError, NotFoundError."""
    known_as = _known_as(address)
    hashed = passwords.hash(password)
    with database.write() as session:
        editor = editors.lock(session, known_as)
        editor.password_hash = hashed
        sessions.end_all(session, editor.id)


def sign_out(database: Database, *, address: str) -> None:
    """Sign an editor out everywhere. Raises InputError, NotFoundError."""
    with database.write() as session:
        sessions.end_all(session, editors.lock(session, _known_as(address)).id)


def disable(database: Database, *, clock: Clock, address: str) -> None:
    """Let an editor sign in no more, and sign them out; a second time changes nothing. Raises InputError, NotFoundError."""
    with database.write() as session:
        editor = editors.lock(session, _known_as(address))
        editor.disabled_at = editor.disabled_at or clock.now()
        sessions.end_all(session, editor.id)


def enable(database: Database, *, address: str) -> None:
    """Let a disabled editor sign in again, with the password they had. Raises InputError, NotFoundError."""
    with database.write() as session:
        editors.lock(session, _known_as(address)).disabled_at = None


def remove(database: Database, *, address: str) -> None:
    """Delete an editor with their sessions; what they wrote stays. Raises InputError, NotFoundError."""
    with database.write() as session:
        editors.remove(session, editors.lock(session, _known_as(address)).id)


def nobody_is_left(database: Database) -> bool:
    """Tell whether no editor can sign in."""
    with database.read() as session:
        return not editors.able(session)


def _known_as(address: str) -> str:
    return parse_address(address).text.lower()
