"""Prove who signs in. Whatever was wrong - no such editor, a disabled one, another password - costs as much and is told the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from newsletter.accounts import challenges, codes, limits, sessions
from newsletter.accounts.limits import Admission, Delays
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sealing import Sealer
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.clock import Clock
from newsletter.errors import InputError, LimitError
from newsletter.model import Editor
from newsletter.model.actor import Actor, ActorKind
from newsletter.networks import network_of
from newsletter.pacing import Buckets
from newsletter.store.accounts import audit, editors, second_factors
from newsletter.store.accounts import challenges as challenge_store
from newsletter.store.accounts import sessions as session_store
from newsletter.store.accounts.audit import Subject
from newsletter.store.accounts.second_factors import Factors
from newsletter.store.database import Database


@dataclass(frozen=True, slots=True)
class Half:
    """The password was right, or the link, and the second factor is asked for next; `secret` is for a cookie of this browser."""

    secret: str


@dataclass(frozen=True)
class SignIn:
    """Opens sessions. `admit`, then `delays.wait`, then `authenticate`; for an editor with a second factor once more, then `finish`."""

    database: Database
    clock: Clock
    buckets: Buckets
    passwords: Passwords
    sealer: Sealer
    delays: Delays = field(default_factory=Delays)

    def admit(self, *, address: str, ip: str, brought: Brought) -> Admission:
        """Count a try before anything is done for it. Raises LimitError when there were too many."""
        known_as = _known_as(address)
        browser = sessions.known_browser(self.database, clock=self.clock, address=known_as, secret=brought.browser)
        return limits.admit(self.buckets, address=known_as, network=network_of(ip), browser=browser)

    def authenticate(
        self, admission: Admission, *, address: str, password: str, visit: Visit, brought: Brought
    ) -> Opened | Half:
        """Open a session for the editor with this address and password, or half of one where a second factor is asked for.

        Raises InputError when the pair is not right or the editor is disabled, LimitError when too many sign in at once.
        """
        with self.database.read() as session:
            editor = editors.find(session, _known_as(address))
        with self.trying(admission):
            self._expect(editor, password)
        assert editor is not None
        return self._open(editor, password, visit, brought)

    def confirm(self, admission: Admission, editor: Editor, password: str) -> None:
        """Ask a signed-in editor for the password once more. Raises InputError, LimitError when too many sign in at once."""
        with self.trying(admission):
            if not self.passwords.match(editor.password_hash, password):
                raise InputError("this is not your password", where="password", remedy="check it and try again")

    def prove(self, admission: Admission, seat: SignedIn, *, password: str = "", code: str = "") -> None:
        """Note that a signed-in editor proved once more who they are, by password or code. Raises InputError, LimitError."""
        if password or not code:
            self.confirm(admission, seat.editor, password)
            self.note_proved(seat)
            return
        with self.trying(admission), self.database.write() as session:
            now = self.clock.now()
            if not codes.accepts(session, self.sealer, seat.editor.id, code, now):
                raise InputError("this code is not right, or was used before", where="code", remedy="type the next one")
            session_store.note_proved(session, seat.session_id, now)

    def note_proved(self, seat: SignedIn) -> None:
        """Note that a signed-in editor proved who they are at this moment."""
        with self.database.write() as session:
            session_store.note_proved(session, seat.session_id, self.clock.now())

    def _expect(self, editor: Editor | None, password: str) -> None:
        matches = self.passwords.match(editor.password_hash if editor else None, password)
        if not matches or editor is None or editor.disabled_at is not None:
            raise _refused()

    def half(self, secret: str) -> tuple[Editor, Factors] | None:
        """Return whose second factor is asked for at this browser, and which they have; None when nobody's is."""
        with self.database.read() as session:
            begun = challenges.find(session, secret, challenges.SECOND_FACTOR, self.clock.now())
            editor = editors.by_id(session, begun.editor_id) if begun and begun.editor_id else None
            if editor is None or editor.disabled_at is not None:
                return None
            return editor, second_factors.of(session, editor.id)

    def finish(self, admission: Admission, secret: str, code: str, *, visit: Visit, brought: Brought) -> Opened:
        """Open the session that waits for this code. Raises InputError for another code, or when the step has ended.

        A wrong code stays counted, by `admission` and in the step, which ends after a few.
        """
        with self.trying(admission):
            opened = self._finished(secret, code, visit, brought)
            if opened is None:
                raise InputError("this code is not right, or was used before", where="code", remedy="type the next one")
        return opened

    def _finished(self, secret: str, code: str, visit: Visit, brought: Brought) -> Opened | None:
        """Return the session that follows from a code; None for a wrong one, which stays counted."""
        now = self.clock.now()
        with self.database.write() as session:
            begun = challenges.find(session, secret, challenges.SECOND_FACTOR, now)
            editor = editors.lock_by_id(session, begun.editor_id) if begun and begun.editor_id else None
            if begun is None or editor is None or editor.disabled_at is not None:
                raise challenges.begin_again()
            if not challenge_store.count_try(session, begun.secret_hash, challenges.MOST_TRIES):
                raise challenges.begin_again()
            if not codes.accepts(session, self.sealer, editor.id, code, now):
                return None
            challenges.take(session, secret, challenges.SECOND_FACTOR, now)
            return self.begin(session, editor.id, visit=visit, brought=brought, proved=begun.proves)

    def begin(self, session: Session, editor_id: int, *, visit: Visit, brought: Brought, proved: bool = True) -> Opened:
        """Open a session in the caller's transaction, and write it down. The editor is locked."""
        now = self.clock.now()
        editor = editors.lock_by_id(session, editor_id)
        known_as = editor.address if editor else ""
        by, subject = (
            Actor(ActorKind.EDITOR, editor_id, known_as, visit.network),
            Subject("editor", editor_id, known_as),
        )
        audit.add(session, by, "session.begin", subject, at=now, new=visit.browser)
        return sessions.begin(session, editor_id, now=now, visit=visit, brought=brought, proved=proved)

    def begin_or_ask(
        self, session: Session, editor_id: int, *, visit: Visit, brought: Brought, proves: bool
    ) -> Opened | Half:
        """Open a session, or half of one for an editor with a second factor. The editor is locked."""
        if not second_factors.of(session, editor_id):
            return self.begin(session, editor_id, visit=visit, brought=brought, proved=proves)
        now = self.clock.now()
        return Half(challenges.begin(session, challenges.SECOND_FACTOR, now, editor_id=editor_id, proves=proves))

    def _open(self, editor: Editor, password: str, visit: Visit, brought: Brought) -> Opened | Half:
        fresh = self._fresh(editor.password_hash, password)
        with self.database.write() as session:
            locked = editors.lock_by_id(session, editor.id)
            # Between proof and now another may have changed the password or disabled the editor.
            if locked is None or locked.disabled_at is not None or locked.password_hash != editor.password_hash:
                raise _refused()
            locked.password_hash = fresh
            return self.begin_or_ask(session, editor.id, visit=visit, brought=brought, proves=True)

    def _fresh(self, password_hash: str, password: str) -> str:
        """Return the hash with today's parameters, unless it is no moment for making one: the next sign-in will."""
        if self.passwords.is_outdated(password_hash):
            with suppress(LimitError):
                return self.passwords.hash_again(password)
        return password_hash

    @contextmanager
    def trying(self, admission: Admission) -> Iterator[None]:
        """Leave a try counted only when it was wrong: not when it was right, nor when no hash was made."""
        try:
            yield
        except InputError:
            raise
        except Exception:
            admission.take_back()
            raise
        admission.take_back()


def _known_as(address: str) -> str:
    return address.strip().lower()[:320]


def _refused() -> InputError:
    return InputError("address and password do not belong together", remedy="check both and try again")
