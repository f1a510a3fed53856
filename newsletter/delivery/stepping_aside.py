"""Leave to others what this process cannot do: before the claim where it is known, and at once where it shows after it.

The bell of such a batch is rung again at the scheduler's next round; meanwhile the thread that was called waits a moment, so that a
process with nothing to do takes no more of the bells than a few a second from those who work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from newsletter.clock import Clock
from newsletter.delivery.claims import Claim, Claims
from newsletter.delivery.composing import EditionComposers
from newsletter.delivery.fitness import Fitness
from newsletter.delivery.recovery import Sweeper
from newsletter.errors import StoreError
from newsletter.journal import Journal
from newsletter.journal.lines import CannotWrite
from newsletter.store.database import Database
from newsletter.store.delivery import batches

log = structlog.get_logger(__name__)

JOURNAL, CLOCK, WAY = "journal", "clock", "way out"
"""What may be in the way of all this process does."""
WAIT = 0.5
"""Seconds a thread waits that leaves a bell to others."""


def key_of(domain: str) -> str:
    """Return the name of the trouble that mail of `domain` cannot be signed here."""
    return f"DKIM key of {domain}"


@dataclass(frozen=True)
class SteppingAside:
    """What a sender asks before it claims, and tells when something was in its way."""

    database: Database
    clock: Clock
    fitness: Fitness
    letters: EditionComposers
    claims: Claims
    sweeper: Sweeper
    folder: Path

    def may_try(self, batch_id: int) -> bool:
        """Tell whether nothing that is known keeps this process from sending this batch. Raises StoreError."""
        if not self.fitness.able():
            return False
        if not self.fitness.particular:
            return True
        with self.database.read() as session:
            edition_id = batches.edition_of(session, batch_id)
        if edition_id is None or not self.fitness.able_to(_sending(edition_id)):
            return edition_id is None
        return self.fitness.able_to(key_of(self.letters.of(edition_id).from_domain))

    def hand_on(self, batch_id: int) -> None:
        """Let the bell of a batch be rung again, for others. Raises StoreError."""
        with self.database.write() as session:
            batches.unring(session, batch_id)
        self.clock.sleep(WAIT)

    @contextlib.contextmanager
    def journal(self, batch_id: int) -> Iterator[Journal | None]:
        """Make a journal for a claim; None, and the batch is left to others, where none can be made.

        When the body fails, what the journal proves is recorded at once, so that nobody waits for a lease to run out.
        """
        try:
            made = Journal(self.folder)
        except CannotWrite as error:
            self.fitness.met(JOURNAL, error)
            self.hand_on(batch_id)
            yield None
            return
        try:
            with made:
                yield made
        except Exception as error:
            self._let_go(error)
            raise

    def _let_go(self, error: Exception) -> None:
        if isinstance(error, StoreError) and not isinstance(error, CannotWrite):
            return  # the ledger is gone: whoever finds it again sweeps
        with contextlib.suppress(StoreError):
            self.sweeper.sweep_journals()

    def claim(self, batch_id: int, journal: Journal) -> Claim | None:
        """Claim a batch that `journal` will bear witness of; None when it is not to be had. Raises StoreError."""
        claim = self.claims.claim(batch_id)
        if claim is None:
            return None
        try:
            journal.belong_to(claim.batch.id, claim.batch.fence)
        except CannotWrite as error:
            self.fitness.met(JOURNAL, error)
            self.claims.give_back(claim)
            return None
        claim.make_room = journal.make_room
        return claim

    @contextlib.contextmanager
    def minding(self, claim: Claim) -> Iterator[None]:
        """Note what fails in the body: of the journal, or of this edition. A ledger that is gone is nobody's own trouble."""
        what = _sending(claim.batch.edition_id)
        try:
            yield
        except CannotWrite as error:
            self.fitness.met(JOURNAL, error)
            raise
        except StoreError:
            raise
        except Exception as error:
            self.fitness.met(what, error)
            raise
        self.fitness.well(what)

    def has_room(self, claim: Claim) -> bool:
        """Tell whether the journal of a hold can bear witness of one more message; stop the send when it cannot."""
        try:
            claim.make_room()
        except CannotWrite as error:
            self.fitness.met(JOURNAL, error)
            claim.stop()
            return False
        return True


def _sending(edition_id: int) -> str:
    return f"sending edition {edition_id}"
