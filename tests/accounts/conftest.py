"""A way in on each database, with hashes that cost little, and an editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from newsletter.accounts import sessions
from newsletter.accounts.editors import Team
from newsletter.accounts.limits import Admission
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sealing import Sealer
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.accounts.sign_in import SignIn
from newsletter.clock import SettableClock
from newsletter.model import AuditEntry, Editor
from newsletter.model.actor import operator
from newsletter.model.rights import HeldGrant, Role
from newsletter.pacing import MemoryBuckets
from newsletter.store.accounts import audit
from newsletter.store.database import Database

BOSS = operator("root", place="desk.example.org")
MARA, PASSWORD, WRONG = "mara@tide.example.org", "correct horse battery", "wrong horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.9"
VISIT = Visit("Firefox on Linux", HERE)


def cheap(kind: Callable[..., Passwords] = Passwords) -> Passwords:
    """Return passwords whose hashes take a millisecond."""
    return kind(hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Desk:
    """The way in, and what a test asks of it."""

    sign_in: SignIn

    @property
    def team(self) -> Team:
        """The editors."""
        return Team(self.sign_in.database, self.sign_in.clock, self.sign_in.passwords)

    def add(self, address: str = MARA, password: str = PASSWORD, role: Role = Role.OWNER) -> Editor:
        """Make an editor with a role for the service."""
        return self.team.create(address, password, HeldGrant(role), by=BOSS)

    def trail(self) -> list[AuditEntry]:
        """Return what was written down, newest first."""
        with self.sign_in.database.read() as session:
            return list(audit.page(session, limit=100))

    def admit(self, address: str = MARA, *, ip: str = HERE, brought: Brought = Brought()) -> Admission:  # noqa: B008
        """Count a try."""
        return self.sign_in.admit(address=address, ip=ip, brought=brought)

    def enter(
        self,
        address: str = MARA,
        password: str = PASSWORD,
        *,
        ip: str = HERE,
        brought: Brought = Brought(),  # noqa: B008
    ) -> Opened:
        """Sign in, without waiting."""
        admission = self.admit(address, ip=ip, brought=brought)
        opened = self.sign_in.authenticate(admission, address=address, password=password, visit=VISIT, brought=brought)
        assert isinstance(opened, Opened), "a second factor is asked for"
        return opened

    def look_up(self, opened: Opened) -> SignedIn | None:
        """Return who is signed in with a session."""
        return sessions.look_up(self.sign_in.database, clock=self.sign_in.clock, secret=opened.session)

    def expect(self, opened: Opened) -> SignedIn:
        """Return who is signed in with a session that must be open."""
        found = self.look_up(opened)
        assert found is not None
        return found

    def knows(self, opened: Opened, address: str = MARA) -> bool:
        """Tell whether a browser is known."""
        made = self.sign_in
        found = sessions.known_browser(made.database, clock=made.clock, address=address, secret=opened.browser)
        return found is not None


def make_desk(database: Database, clock: SettableClock, passwords: Passwords) -> Desk:
    """Return a desk with one editor, Mara."""
    made = Desk(SignIn(database, clock, MemoryBuckets(clock), passwords, Sealer(lambda: {1: b"k" * 32})))
    made.add()
    return made


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    """A desk on each database."""
    return make_desk(database, clock, cheap())


@pytest.fixture
def sqlite_desk(sqlite_database: Database, clock: SettableClock) -> Desk:
    """A desk on SQLite, for what does not touch the database."""
    return make_desk(sqlite_database, clock, cheap())
