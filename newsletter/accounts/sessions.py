"""Signed-in browsers. A browser holds 32 random octets, the ledger holds their SHA-256: neither a copy of the ledger nor any
signing key opens the desk, and no secret is ever made twice.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import StoreError
from newsletter.model import Editor, EditorSession
from newsletter.model.actor import Actor, ActorKind
from newsletter.store import editors, grants
from newsletter.store import sessions as store
from newsletter.store.database import Database

IDLE_SECONDS = 12 * 3600
"""How long a session that nobody works in lasts; whoever works is not signed out."""
LONGEST_SECONDS = 30 * 86_400
"""How long a session lasts however busy it is: a cookie that was copied is worth nothing after it."""
KNOWN_SECONDS = 365 * 86_400
SEEN_SECONDS = 300.0
"""How stale the moment a session was last seen may be: a write for each page would be too many."""
SECRET_OCTETS = 32
_FORM = b"newsletter:csrf"


@dataclass(frozen=True, slots=True)
class Opened:
    """The secrets of a session that was just opened, for this browser's cookies and nowhere else."""

    session: str
    browser: str


@dataclass(frozen=True, slots=True)
class Brought:
    """The secrets that a browser had when it came; empty ones are none."""

    session: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """From where someone signs in: what a person recognises a browser by, and `networks.network_of` its address."""

    browser: str
    network: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The editor at this browser; `csrf` goes into every form, `actor` is who acts, with the rights of this moment."""

    editor: Editor
    session_id: int
    csrf: str
    actor: Actor

    def made(self, form: str) -> bool:
        """Tell whether a form that carries the token `form` was made for this session."""
        return hmac.compare_digest(form.encode("utf-8", "surrogatepass"), self.csrf.encode("ascii"))


def begin(session: Session, editor_id: int, *, now: datetime, visit: Visit, brought: Brought) -> Opened:
    """Open a session under new secrets, and end what the browser brought with it."""
    for end, secret in ((store.end, brought.session), (store.forget_known, brought.browser)):
        if old := _hash(secret):
            end(session, old)
    opened = Opened(_new_secret(), _new_secret())
    made = EditorSession(
        editor_id=editor_id,
        secret_hash=_expect(opened.session),
        created_at=now,
        seen_at=now,
        expires_at=_end_of(now, now),
        browser=visit.browser,
        network=visit.network,
    )
    store.add(session, made)
    known_until = now + timedelta(seconds=KNOWN_SECONDS)
    store.add_known(session, editor_id, _expect(opened.browser), now=now, expires_at=known_until)
    return opened


def look_up(
    database: Database, *, clock: Clock, secret: str, network: str = "", at_work: bool = True
) -> SignedIn | None:
    """Return who is signed in with this secret, now at `network`; None when the session is not there any more, or never was.

    A session that is `at_work` lasts longer by it; one whose page only asks by itself does not.
    """
    secret_hash = _hash(secret)
    if secret_hash is None:
        return None
    now = clock.now()
    with database.read() as session:
        found = store.find(session, secret_hash, now)
        if found is None:
            return None
        editor, opened = found
        actor = Actor(ActorKind.EDITOR, editor.id, editor.address, network, grants.rights(session, editor.id))
    if at_work and (now - opened.seen_at).total_seconds() >= SEEN_SECONDS:
        _note_seen(database, opened, now)
    return SignedIn(editor, opened.id, csrf_token(secret), actor)


def known_browser(database: Database, *, clock: Clock, address: str, secret: str) -> int | None:
    """Return the id of the browser with this secret if the editor with this address signed in there before."""
    secret_hash = _hash(secret)
    if secret_hash is None:
        return None
    with database.read() as session:
        return store.known(session, address, secret_hash, clock.now())


def csrf_token(secret: str) -> str:
    """Return the token of all forms of a session: who has it can make no cookie of it (RFC 2104)."""
    return _text(hmac.digest(_octets(secret) or b"", _FORM, hashlib.sha256))


def open_of(database: Database, *, clock: Clock, editor_id: int) -> Sequence[EditorSession]:
    """Return the open sessions of an editor, the one seen last first."""
    with database.read() as session:
        return store.open_of(session, editor_id, clock.now())


def end_one(database: Database, *, editor_id: int, session_id: int) -> None:
    """Sign a browser of this editor out; a second time, or a session of someone else, changes nothing."""
    with database.write() as session:
        store.end_one(session, editor_id, session_id)


def end_others(database: Database, *, editor_id: int, session_id: int) -> None:
    """Sign an editor out everywhere but in this session."""
    with database.write() as session:
        editors.lock_by_id(session, editor_id)  # one who is signing in right now is seen, or comes after
        store.end_others(session, editor_id, session_id)


def end_all(database: Database, *, editor_id: int) -> None:
    """Sign an editor out everywhere, and forget the browsers they are known by."""
    with database.write() as session:
        editors.lock_by_id(session, editor_id)
        store.end_all(session, editor_id)


def _note_seen(database: Database, opened: EditorSession, now: datetime) -> None:
    with contextlib.suppress(StoreError), database.write() as session:  # a page is worth more than this moment
        store.note_seen(session, opened.id, now, expires_at=_end_of(opened.created_at, now))


def _end_of(created_at: datetime, seen_at: datetime) -> datetime:
    return min(seen_at + timedelta(seconds=IDLE_SECONDS), created_at + timedelta(seconds=LONGEST_SECONDS))


def _new_secret() -> str:
    return _text(secrets.token_bytes(SECRET_OCTETS))


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def _octets(secret: str) -> bytes | None:
    """Return the octets of a secret as a cookie spells it (RFC 4648 section 5), None for anything else."""
    try:
        octets = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return octets if len(octets) == SECRET_OCTETS and _text(octets) == secret else None


def _hash(secret: str) -> bytes | None:
    octets = _octets(secret)
    return None if octets is None else hashlib.sha256(octets).digest()


def _expect(secret: str) -> bytes:
    secret_hash = _hash(secret)
    assert secret_hash is not None
    return secret_hash
