"""Take a file in the place of a source's answer: a board that stands at no address, or behind a door."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.model import Source
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.sources import GatherResult
from newsletter.sources import noting
from newsletter.sources.asking import OCTETS, AskingOne
from newsletter.sources.gathering import Offer
from newsletter.sources.outcomes import Outcome
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import sources as store


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What came of a file: how many things it offers, how many of them are new, and what is to be said of the rest."""

    source: Source
    found: int
    new: int
    words: str


@dataclass(frozen=True)
class Uploading:
    """The tools of taking files, put together once per process; `offer` takes what was read into candidates and snapshots."""

    database: Database
    clock: Clock
    asking: AskingOne
    offer: Offer

    def take(self, source_id: int, content: bytes, *, name: str, by: Actor) -> TakenFile:
        """Read a file as the answer of a source, and keep what it offers. Raises InputError, and keeps nothing, where it cannot be read whole.

        Raises ForbiddenError, NotFoundError.
        """
        if len(content) > OCTETS:
            raise InputError(
                f"the file is larger than {OCTETS // 1_000_000} MB", where=name, remedy="leave out old rows"
            )
        with self.database.read() as session:
            source = store.by_id(session, source_id)
            require(by, Right.WRITE, source.publication_id)
        asked = noting.as_asked(source, self.clock.now())
        outcome = self.asking.read_whole(content, source.address, asked)
        if outcome.result is not GatherResult.NEW:
            raise InputError(
                outcome.words or f"it is {outcome.result}", where=name, remedy="docs/sources.md says what is read"
            )
        return self._kept(source_id, outcome, name, by)

    def _kept(self, source_id: int, outcome: Outcome, name: str, by: Actor) -> TakenFile:
        now = self.clock.now()
        with self.database.write() as session:
            home = publications.lock(session, store.by_id(session, source_id).publication_id)
            source = store.lock(session, source_id)
            require(by, Right.WRITE, home.id)
            new = self.offer(session, source, outcome, now)
            noting.note(source, outcome, now)
            subject = audit.Subject("source", source.id, source.name)
            audit.add(session, by, "source.file", subject, at=now, publication_id=home.id, new=name[:200])
        return TakenFile(source, outcome.found, new, outcome.words)
