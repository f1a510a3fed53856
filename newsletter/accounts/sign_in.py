"""Prove who signs in. Whatever was wrong - no such editor, a disabled one, another password - costs as much and is told the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from newsletter.accounts import limits, sessions
from newsletter.accounts.limits import Admission, Delays
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sessions import Brought, Opened, Visit
from newsletter.clock import Clock
from newsletter.errors import InputError, LimitError
from newsletter.model import Editor
from newsletter.networks import network_of
from newsletter.pacing import Buckets
from newsletter.store import editors
from newsletter.store.database import Database


@dataclass(frozen=True)
class SignIn:
    """Opens sessions. `admit`, then `delays.wait`, then `authenticate`."""

    database: Database
    clock: Clock
    buckets: Buckets
    passwords: Passwords
    delays: Delays = field(default_factory=Delays)

    def admit(self, *, address: str, ip: str, brought: Brought) -> Admission:
        """Count a try before anything is done for it. Raises LimitError when there were too many."""
        known_as = _known_as(address)
        browser = sessions.known_browser(self.database, clock=self.clock, address=known_as, secret=brought.browser)
        return limits.admit(self.buckets, address=known_as, network=network_of(ip), browser=browser)

    def authenticate(
        self, admission: Admission, *, address: str, password: str, visit: Visit, brought: Brought
    ) -> Opened:
        """Open a session for the editor with this address and password.

        Raises InputError when the pair is not right or the editor is disabled, LimitError when too many sign in at once.
        """
        with self.database.read() as session:
            editor = editors.find(session, _known_as(address))
        with self._trying(admission):
            self._expect(editor, password)
        assert editor is not None
        return self._open(editor, password, visit, brought)

    def confirm(self, admission: Admission, editor: Editor, password: str) -> None:
        """Ask a signed-in editor for the password once more. Raises InputError, LimitError when too many sign in at once."""
        with self._trying(admission):
            if not self.passwords.match(editor.password_hash, password):
                raise InputError("this is not your password", where="password", remedy="check it and try again")

    def _expect(self, editor: Editor | None, password: str) -> None:
        matches = self.passwords.match(editor.password_hash if editor else None, password)
        if not matches or editor is None or editor.disabled_at is not None:
            raise _refused()

    def _open(self, editor: Editor, password: str, visit: Visit, brought: Brought) -> Opened:
        fresh = self._fresh(editor.password_hash, password)
        with self.database.write() as session:
            locked = editors.lock_by_id(session, editor.id)
            # Between proof and now another may have changed the password or disabled the editor.
            if locked is None or locked.disabled_at is not None or locked.password_hash != editor.password_hash:
                raise _refused()
            locked.password_hash = fresh
            return sessions.begin(session, editor.id, now=self.clock.now(), visit=visit, brought=brought)

    def _fresh(self, password_hash: str, password: str) -> str:
        """Return the hash with today's parameters, unless it is no moment for making one: the next sign-in will."""
        if self.passwords.is_outdated(password_hash):
            with suppress(InputError, LimitError):
                return self.passwords.hash(password)
        return password_hash

    @contextmanager
    def _trying(self, admission: Admission) -> Iterator[None]:
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
