"""Signed-in browsers. A browser holds 32 random octets, the ledger holds their SHA-256: neither a copy of the ledger nor any
signing key opens the desk, and no secret is ever made twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require_editor
from newsletter.accounts.secrets import hash_of, hash_of_new, new_secret, octets_of, text_of
from newsletter.clock import Clock
from newsletter.errors import StoreError
from newsletter.model import Editor, EditorSession
from newsletter.model.actor import Actor
from newsletter.store.accounts import audit, editors, grants, second_factors
from newsletter.store.accounts import sessions as store
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database

IDLE_SECONDS = 12 * 3600
"""How long a session that nobody works in lasts; whoever works is not signed out."""
LONGEST_SECONDS = 30 * 86_400
"""How long a session lasts however busy it is: a cookie that was copied is worth nothing after it."""
PROVED_SECONDS = 15 * 60
"""How long the password, a code or a passkey stands for what cannot be undone."""
KNOWN_SECONDS = 365 * 86_400
SEEN_SECONDS = 300.0
"""How stale the moment a session was last seen may be: a write for each page would be too many."""
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
    proved_at: datetime | None = None
    second_factor: bool = False  # whether the editor has one

    def is_proved(self, now: datetime) -> bool:
        """Tell whether the editor proved lately who they are: what cannot be undone asks for it."""
        return self.proved_at is not None and (now - self.proved_at).total_seconds() < PROVED_SECONDS

    def made(self, form: str) -> bool:
        """Tell whether a form that carries the token `form` was made for this session."""
        return hmac.compare_digest(form.encode("utf-8", "surrogatepass"), self.csrf.encode("ascii"))


def begin(
    session: Session, editor_id: int, *, now: datetime, visit: Visit, brought: Brought, proved: bool = True
) -> Opened:
    """Open a session under new secrets, and end what the browser brought with it; `proved` by more than a mailbox."""
    for end, secret in ((store.end, brought.session), (store.forget_known, brought.browser)):
        if old := hash_of(secret):
            end(session, old)
    opened = Opened(new_secret(), new_secret())
    made = EditorSession(
        editor_id=editor_id,
        secret_hash=hash_of_new(opened.session),
        created_at=now,
        seen_at=now,
        expires_at=_end_of(now, now),
        proved_at=now if proved else None,
        browser=visit.browser,
        network=visit.network,
    )
    store.add(session, made)
    known_until = now + timedelta(seconds=KNOWN_SECONDS)
    store.add_known(session, editor_id, hash_of_new(opened.browser), now=now, expires_at=known_until)
    return opened


def look_up(
    database: Database, *, clock: Clock, secret: str, network: str = "", at_work: bool = True
) -> SignedIn | None:
    """Return who is signed in with this secret, now at `network`; None when the session is not there any more, or never was.

    A session that is `at_work` lasts longer by it; one whose page only asks by itself does not.
    """
    secret_hash = hash_of(secret)
    if secret_hash is None:
        return None
    now = clock.now()
    with database.read() as session:
        found = store.find(session, secret_hash, now)
        if found is None:
            return None
        editor, opened = found
        actor = grants.acting(session, editor, network)
        has_second = bool(second_factors.of(session, editor.id))
    if at_work and (now - opened.seen_at).total_seconds() >= SEEN_SECONDS:
        _note_seen(database, opened, now)
    return SignedIn(editor, opened.id, csrf_token(secret), actor, opened.proved_at, has_second)


def known_browser(database: Database, *, clock: Clock, address: str, secret: str) -> int | None:
    """Return the id of the browser with this secret if the editor with this address signed in there before."""
    secret_hash = hash_of(secret)
    if secret_hash is None:
        return None
    with database.read() as session:
        return store.known(session, address, secret_hash, clock.now())


def csrf_token(secret: str) -> str:
    """Return the token of all forms of a session: who has it can make no cookie of it (RFC 2104)."""
    return text_of(hmac.digest(octets_of(secret) or b"", _FORM, hashlib.sha256))


def open_of(database: Database, *, clock: Clock, editor_id: int) -> Sequence[EditorSession]:
    """Return the open sessions of an editor, the one seen last first."""
    with database.read() as session:
        return store.open_of(session, editor_id, clock.now())


def end_one(database: Database, editor_id: int, session_id: int, *, clock: Clock, by: Actor) -> None:
    """Sign a browser of this editor out; a second time, or a session of someone else, changes nothing. Raises ForbiddenError."""
    require_editor(by, editor_id)
    with database.write() as session:
        if store.end_one(session, editor_id, session_id):
            _note_end(session, by, editor_id, clock.now(), "one")


def end_others(database: Database, editor_id: int, session_id: int, *, clock: Clock, by: Actor) -> None:
    """Sign an editor out everywhere but in this session. Raises ForbiddenError."""
    require_editor(by, editor_id)
    with database.write() as session:
        editors.lock_by_id(session, editor_id)  # one who is signing in right now is seen, or comes after
        if store.end_others(session, editor_id, session_id):
            _note_end(session, by, editor_id, clock.now(), "others")


def end_all(database: Database, editor_id: int, *, clock: Clock, by: Actor) -> None:
    """Sign an editor out everywhere, and forget the browsers they are known by. Raises ForbiddenError."""
    require_editor(by, editor_id)
    with database.write() as session:
        editors.lock_by_id(session, editor_id)
        store.end_all(session, editor_id)
        _note_end(session, by, editor_id, clock.now(), "all")


def _note_end(session: Session, by: Actor, editor_id: int, now: datetime, which: str) -> None:
    audit.add(session, by, "session.end", Subject("editor", editor_id), at=now, new=which)


def _note_seen(database: Database, opened: EditorSession, now: datetime) -> None:
    with contextlib.suppress(StoreError), database.write() as session:  # a page is worth more than this moment
        store.note_seen(session, opened.id, now, expires_at=_end_of(opened.created_at, now))


def _end_of(created_at: datetime, seen_at: datetime) -> datetime:
    return min(seen_at + timedelta(seconds=IDLE_SECONDS), created_at + timedelta(seconds=LONGEST_SECONDS))
