"""Ask DNS for the records of a publication's sending domain, and keep what it said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.keyring import Keyring
from newsletter.mail.address import parse_address
from newsletter.mail.domain_check import RecordCheck
from newsletter.mail.domain_records import DomainRecord
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.publications import domain_records
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import domain_checks, publications

if TYPE_CHECKING:
    from newsletter.dns import Lookups

SECONDS = 4.0
"""How long one question may take: a person waits for the page."""


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """A record that should be published, and what DNS said when it was last asked; `verdict` empty: it was not asked."""

    kind: str
    type: str
    name: str
    text: str
    purpose: str
    required: bool
    verdict: str = ""
    seen: tuple[str, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DomainStanding:
    """The records of a domain as they should be, with what was last seen of them; `signs`: its DKIM keys are on this machine."""

    domain: str
    records: list[SeenRecord]
    signs: bool
    checked_at: datetime | None


@dataclass(frozen=True)
class DomainChecking:
    """The tools of checking domains, put together once per process."""

    database: Database
    clock: Clock
    keyring: Keyring
    settings: Settings
    lookups: Callable[[], Lookups]

    def standing(self, home: Publication) -> DomainStanding:
        """Return the records of a publication's domain with what DNS last said. Raises InputError when a key cannot be read."""
        named = self._named(home)
        with self.database.read() as session:
            last = domain_checks.find(session, named.sending.domain)
        said = {(each["name"], each["text"]): each for each in (last.records if last else [])}
        rows = [_seen(each, said.get((each.name, each.text), {})) for each in named.records]
        return DomainStanding(named.sending.domain, rows, named.signs, last.checked_at if last else None)

    def check(self, publication_id: int, *, by: Actor) -> None:
        """Ask DNS, a few seconds at most, and keep the answers. Raises NotFoundError, ForbiddenError, InputError, UnavailableError."""
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
        require(by, Right.MANAGE_PUBLICATION, home.id)
        named = self._named(home)
        found = domain_records.check(named.records, self.lookups())
        now = self.clock.now()
        with self.database.write() as session:
            domain_checks.keep(session, named.sending.domain, [_row(each) for each in found], now)
            subject = audit.Subject("domain", None, named.sending.domain)
            words = ", ".join(f"{each.record.kind} {each.verdict}" for each in found)[: audit.MOST_CHARS]
            audit.add(session, by, "domain.check", subject, at=now, publication_id=home.id, new=words)

    def _named(self, home: Publication) -> domain_records.Named:
        sending = domain_records.sending_of(self.settings, domain=parse_address(home.from_address).domain)
        return domain_records.records(self.keyring, sending, "")


def _seen(record: DomainRecord, said: dict[str, Any]) -> SeenRecord:
    wanted = SeenRecord(str(record.kind), record.type, record.name, record.text, record.purpose, record.required)
    if not said:
        return wanted
    return replace(wanted, verdict=said["verdict"], seen=tuple(said["seen"]), remedy=said["remedy"])


def _row(found: RecordCheck) -> dict[str, Any]:
    record = found.record
    return {
        "kind": str(record.kind),
        "name": record.name,
        "text": record.text,
        "required": record.required,
        "verdict": str(found.verdict),
        "seen": list(found.seen),
        "remedy": found.remedy,
    }
