"""Take in what a source says from a file that an editor uploads: for boards that have no address, or none that may be asked."""

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
from newsletter.sources.asking import OCTETS, SourceAsker
from newsletter.sources.outcomes import Outcome
from newsletter.sources.taking_in import TakingIn
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import sources as store


@dataclass(frozen=True, slots=True)
class UploadedAnswer:
    """What came of a file: so many things were found in it, so many of them new; `told` is to be said of the rest."""

    source: Source
    found: int
    new: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uploading:
    """The tools of taking in files, put together once per process."""

    database: Database
    clock: Clock
    asking: SourceAsker
    take_in: TakingIn

    def upload(self, source_id: int, content: bytes, *, by: Actor) -> UploadedAnswer:
        """Read a file as the answer of a source, and keep what it offers.

        Raises InputError for what cannot be read whole, and nothing of it is kept; ForbiddenError, NotFoundError.
        """
        with self.database.read() as session:
            source = store.by_id(session, source_id)
            require(by, Right.WRITE, source.publication_id)
        if len(content) > OCTETS:
            raise InputError(f"it is larger than {OCTETS // 1_000_000} MB", where="file", remedy="leave rows out")
        outcome = self._read(source, content)
        now = self.clock.now()
        with self.database.write() as session:
            publications.lock(session, source.publication_id)
            source = store.lock(session, source_id)
            new = self.take_in(session, source.publication_id, [(source, outcome)], now).get(source.id, 0)
            noting.note(source, outcome, now)
            subject = audit.Subject("source", source.id, source.name)
            words = f"{outcome.found} found"
            audit.add(session, by, "source.upload", subject, at=now, publication_id=source.publication_id, new=words)
        return UploadedAnswer(source, outcome.found, new, outcome.reading.told if outcome.reading else ())

    def _read(self, source: Source, content: bytes) -> Outcome:
        outcome = self.asking.read_whole(content, source.address, noting.as_asked(source, self.clock.now()))
        if outcome.result is not GatherResult.NEW:
            raise InputError(
                outcome.words or outcome.result.value,
                where="file",
                remedy="`newsletter source read` shows what it holds",
            )
        return outcome
