"""Editors: create one, prove who signs in, and keep track of signed-in browsers.

Passwords are kept as argon2id (RFC 9106 section 4, the library's default parameters). An unknown address costs as much
time as a wrong password, and both get the same answer.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from newsletter.clock import Clock
from newsletter.errors import InputError, LimitError
from newsletter.mail.address import parse_address
from newsletter.model import Editor, EditorSession
from newsletter.pacing import Buckets
from newsletter.store import editors
from newsletter.store.database import Database

SESSION_SECONDS = 12 * 3600
MIN_PASSWORD = 12
MAX_PASSWORD = 1024
_TRIES = 10  # in a row, for one address or from one IP
_HOUR = 3600.0


def create_editor(database: Database, *, clock: Clock, address: str, password: str, name: str = "") -> Editor:
    """Store an editor. Raises InputError for an address or password that will not do, ConflictError when it exists."""
    known_as = _known_as(address)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InputError(
            f"the password must have between {MIN_PASSWORD} and {MAX_PASSWORD} characters",
            where="password",
            remedy="a sentence of four or five words will do",
        )
    hashed = _hasher().hash(password)
    with database.write() as session:
        return editors.add(
            session, Editor(address=known_as, name=name[:200], password_hash=hashed, created_at=clock.now())
        )


def authenticate(
    database: Database, *, clock: Clock, buckets: Buckets, address: str, password: str, ip: str
) -> EditorSession:
    """Open a session for the editor with this address and password.

    Raises InputError when the pair is not right, LimitError after ten tries in a row for one address or from one IP
    (one more every six minutes).
    """
    known_as = address.strip().lower()
    _limit(buckets, f"sign-in:ip:{ip}")
    _limit(buckets, f"sign-in:address:{known_as[:320]}")
    with database.read() as session:
        editor = editors.find(session, known_as)
    if not _matches(editor, password[: MAX_PASSWORD + 1]) or editor is None:
        raise InputError("address and password do not belong together", remedy="check both and try again")
    now = clock.now()
    with database.write() as session:
        if _hasher().check_needs_rehash(editor.password_hash):
            editors.set_password_hash(session, editor.id, _hasher().hash(password))
        return editors.open_session(session, editor.id, now, now + timedelta(seconds=SESSION_SECONDS))


def signed_in(database: Database, *, clock: Clock, session_id: int) -> Editor | None:
    """Return the editor of an open session, or None."""
    with database.read() as session:
        return editors.by_session(session, session_id, clock.now())


def sign_out(database: Database, *, session_id: int) -> None:
    """Close a session; closing it twice changes nothing."""
    with database.write() as session:
        editors.close_session(session, session_id)


def _matches(editor: Editor | None, password: str) -> bool:
    try:
        return _hasher().verify(editor.password_hash if editor else _decoy(), password)
    except (Argon2Error, InvalidHashError):
        return False


def _limit(buckets: Buckets, name: str) -> None:
    wait = buckets.take(name, 1, rate=_TRIES / _HOUR, capacity=_TRIES)
    if wait:
        raise LimitError(
            "too many attempts to sign in",
            retry_after=int(wait) + 1,
            remedy=f"try again in {int(wait / 60) + 1} minutes",
        )


def _known_as(address: str) -> str:
    return parse_address(address).text.lower()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    """Return the hash that stands in for an unknown editor's, so that the answer takes as long."""
    return _hasher().hash("nobody's password, and nobody's account")
