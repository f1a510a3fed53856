"""Make, use and retire the DKIM keys of a domain; each is written down, for whoever holds them signs in the domain's name.

The keys are files, and may be made before there is a ledger: then nothing can be written down, and the log says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import StoreError
from newsletter.keyring import Keyring
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database

log = structlog.get_logger(__name__)
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class _Entry:
    """Of which domain the keys change, and how."""

    domain: str
    old: str
    new: str


@dataclass(frozen=True)
class DomainKeys:
    """The tools of changing the keys of domains, put together once per process."""

    database: Database
    clock: Clock
    keyring: Keyring

    def make(self, domain: str, selector: str, *, by: Actor) -> None:
        """Make the keys of a selector that are missing.

        Raises ForbiddenError; InputError when the domain or the selector is none, or the folder cannot be written.
        """
        if not self.keyring.is_whole(domain, selector):
            entry = _Entry(domain, "", f"made {selector}")
            self._change(entry, lambda: self.keyring.make(domain, selector), by=by)

    def use(self, domain: str, selector: str, *, by: Actor) -> None:
        """Sign with this selector from now on. Raises ForbiddenError, NotFoundError when it has no key."""
        old = self.keyring.in_use(domain)
        entry = _Entry(domain, f"signs with {old}" if old else "", f"signs with {selector}")
        self._change(entry, lambda: self.keyring.use(domain, selector), by=by)

    def retire(self, domain: str, selector: str, *, by: Actor) -> list[str]:
        """Delete the keys of a selector for good; return the selectors they were published under.

        Raises ForbiddenError, NotFoundError when it has none, ConflictError when mail is signed with it, InputError when a file cannot
        be deleted.
        """
        entry = _Entry(domain, f"had {selector}", "")
        return self._change(entry, lambda: self.keyring.retire(domain, selector), by=by)

    def _change(self, entry: _Entry, do: Callable[[], _Done], *, by: Actor) -> _Done:
        """Change the files inside the transaction that writes it down, after the ledger has taken the entry."""
        require(by, Right.MANAGE_SERVICE, None)
        done: list[_Done] = []
        try:
            with self.database.write() as session:
                subject = audit.Subject("domain", None, entry.domain)
                audit.add(session, by, "domain.key", subject, at=self.clock.now(), old=entry.old, new=entry.new)
                done.append(do())
        except StoreError as error:
            log.warning("cannot write down who changed a key", domain=entry.domain, by=str(by), error=str(error))
            if not done:
                done.append(do())
        return done[0]
