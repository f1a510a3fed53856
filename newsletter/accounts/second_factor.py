"""Editors and their second factor: set an authenticator up, take it away, and get recovery codes, which are shown once.

What changes a factor ends every session of the editor in the same transaction, and opens one for this browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from sqlalchemy.orm import Session

from newsletter.accounts import codes, sessions
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.accounts.sign_in import SignIn
from newsletter.errors import ConflictError, InputError
from newsletter.model import Authenticator
from newsletter.store.accounts import audit, editors, second_factors
from newsletter.store.accounts import sessions as session_store
from newsletter.store.accounts.audit import Subject
from newsletter.store.accounts.second_factors import Factors


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is given: its secret in base32, and the same as an address that it reads from a picture."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session that goes on here, and recovery codes if there were none: they are shown now and never again."""

    opened: Opened
    recovery_codes: Sequence[str] = ()


@dataclass(frozen=True)
class SecondFactor:
    """The tools, put together once per process. Each change is one's own: it takes the seat of who makes it."""

    sign_in: SignIn
    base_url: str

    def of(self, seat: SignedIn) -> Factors:
        """Return which second factors an editor has."""
        with self.sign_in.database.read() as session:
            return second_factors.of(session, seat.editor.id)

    def begin(self, seat: SignedIn) -> Enrolment:
        """Make a secret for an authenticator, which counts once it is confirmed. Raises ConflictError when there is one already."""
        secret = codes.new_secret()
        made = Authenticator(
            editor_id=seat.editor.id,
            sealed=self.sign_in.sealer.seal(secret, owner=seat.editor.id),
            step=0,
            created_at=self.sign_in.clock.now(),
        )
        with self.sign_in.database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            known = second_factors.authenticator(session, seat.editor.id)
            if known is not None and known.confirmed_at is not None:
                raise ConflictError("you have an authenticator already", remedy="remove it first")
            second_factors.put(session, made)
        return self._enrolment(seat, secret)

    def begun(self, seat: SignedIn) -> Enrolment | None:
        """Return what waits to be confirmed."""
        with self.sign_in.database.read() as session:
            known = second_factors.authenticator(session, seat.editor.id)
        if known is None or known.confirmed_at is not None:
            return None
        return self._enrolment(seat, self.sign_in.sealer.open(known.sealed, owner=seat.editor.id))

    def confirm(self, seat: SignedIn, code: str, *, visit: Visit) -> Enrolled:
        """Count the authenticator that shows this code from now on. Raises InputError for another code, ConflictError when none waits."""
        now = self.sign_in.clock.now()
        with self.sign_in.database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            known = second_factors.authenticator(session, seat.editor.id)
            if known is None or known.confirmed_at is not None:
                raise ConflictError("no authenticator waits for its code", remedy="begin again")
            secret = self.sign_in.sealer.open(known.sealed, owner=seat.editor.id)
            step = codes.step_of(secret, "".join(code.split())[:10], now)
            if step is None:
                raise InputError(
                    "this is not the code that it shows now",
                    where="code",
                    remedy="look at the clock of the device, and type the next code",
                )
            known.confirmed_at, known.step = now, step
            return self.changed(session, seat, "editor.authenticator", visit=visit, new="added")

    def remove(self, seat: SignedIn, *, visit: Visit) -> Enrolled:
        """Take one's own authenticator away. Raises ConflictError when there is none."""
        with self.sign_in.database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            if not second_factors.remove_authenticator(session, seat.editor.id):
                raise ConflictError("you have no authenticator", remedy="load the page again")
            return self.changed(session, seat, "editor.authenticator", visit=visit, new="removed")

    def new_recovery_codes(self, seat: SignedIn) -> list[str]:
        """Return ten recovery codes in place of those that there were. Raises ConflictError without a second factor."""
        with self.sign_in.database.write() as session:
            editors.lock_by_id(session, seat.editor.id)
            if not second_factors.of(session, seat.editor.id):
                raise ConflictError("recovery codes stand in for a second factor", remedy="set one up first")
            self._note(session, seat, "editor.recovery codes", self.sign_in.clock.now(), "new")
            return _deal(session, seat.editor.id)

    def changed(self, session: Session, seat: SignedIn, action: str, *, visit: Visit, new: str) -> Enrolled:
        """Note that a factor came or went: sessions end, one begins here; recovery codes come with the first and go with the last."""
        now, factors = self.sign_in.clock.now(), second_factors.of(session, seat.editor.id)
        shown = _deal(session, seat.editor.id) if factors and not factors.recovery_codes else []
        if not factors:
            second_factors.replace_recovery_codes(session, seat.editor.id, ())
        session_store.end_all(session, seat.editor.id)
        self._note(session, seat, action, now, new)
        return Enrolled(sessions.begin(session, seat.editor.id, now=now, visit=visit, brought=Brought()), shown)

    def _note(self, session: Session, seat: SignedIn, action: str, now: datetime, new: str) -> None:
        subject = Subject("editor", seat.editor.id, seat.editor.address)
        audit.add(session, seat.actor, action, subject, at=now, new=new)

    def _enrolment(self, seat: SignedIn, secret: bytes) -> Enrolment:
        spelled, issuer = codes.spelled(secret), urlsplit(self.base_url).hostname or "newsletter"
        label = quote(f"{issuer}:{seat.editor.address}", safe="@:")
        return Enrolment(spelled, f"otpauth://totp/{label}?secret={spelled}&issuer={quote(issuer)}")


def _deal(session: Session, editor_id: int) -> list[str]:
    dealt = codes.new_recovery_codes()
    second_factors.replace_recovery_codes(session, editor_id, [codes.recovery_hash(each) for each in dealt])
    return dealt
