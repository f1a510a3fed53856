"""Whatever happens in whatever order, nobody is lost and nobody gets a copy that was not asked for."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.claims import Claim
from newsletter.delivery.control import Control
from newsletter.delivery.progress import Progress, finish_sent, progress
from newsletter.errors import ConflictError
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown, Unsent
from newsletter.model import Batch, Delivery
from newsletter.model.states import OPEN_DELIVERY_STATES, BatchState, DeliveryState, IssueState
from newsletter.store.delivery.deliveries import Recipient
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import make_engine
from tests.parts.kept_counts import agree
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.lending import sqlite_ledger
from tests.parts.long_form import often
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
READERS, BATCHES = 12, 6
LEASE = 60
SAID: dict[str, Outcome] = {
    "accepted": Accepted(250, "2.0.0", "ok"),
    "lost": Unknown(),  # taken, and the reply was not read
    "unknown": Unknown(),
    "deferred": Deferred(451, "4.3.0", "later"),
    "refused": Refused(550, "5.1.1", "no"),
    "not about this one": Refused(553, "5.7.1", "sender address rejected: not owned by user", "RCPT"),
    "perhaps about this one": Refused(554, "5.7.1", "relay access denied", "RCPT"),
    "unsent": Unsent(),
}


class Worker:
    """One that has marked a batch and not yet recorded it: what it was told of each message by its server so far."""

    def __init__(self, claim: Claim, recipients: list[Recipient], journal: Journal) -> None:
        self.claim, self.recipients, self.journal = claim, recipients, journal
        self.outcomes: dict[int, Outcome] = {}
        self.left = [r.delivery_id for r in recipients]


class AnyOrder(RuleBasedStateMachine):
    """Six batches of two, workers that live, sleep and die, and editors who change their minds."""

    @initialize()
    def plan(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SettableClock()
        self.database = sqlite_ledger(Path(self.folder.name) / "newsletter.db")
        self.taken: Counter[int] = Counter()
        self.asked: Counter[int] = Counter()
        self.workers: list[Worker] = []
        self.transport = MemoryTransport(self._answer)
        told = Settings(data_dir=Path(self.folder.name), batch_size=2, lease_seconds=LEASE, _env_file=None)
        signer = Signer(b"a secret for tests only")
        self.engine = make_engine(told, self.database, self.clock, signer, self.transport)
        publication = add_publication(self.database, self.clock)
        add_readers(self.database, self.clock, publication, READERS)
        add_issue(self.database, self.clock, publication)
        self.engine._plan()

    def teardown(self) -> None:
        try:
            agree(self.database)  # as far as this came
            self._run_to_the_end()
            agree(self.database)
        finally:
            for worker in self.workers:
                worker.journal.close(recorded=True)
            self.database.close()
            self.folder.cleanup()

    @rule(batch=st.integers(1, BATCHES))
    def claim(self, batch: int) -> None:
        claim = self.engine.claims.claim(batch)
        if claim is not None:
            journal = Journal(self.engine.settings.journal, batch, claim.batch.fence)
            self.workers.append(Worker(claim, self.engine.sender._open(claim), journal))

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), said=st.sampled_from(sorted(SAID)))
    def send_one(self, data: st.DataObject, said: str) -> None:
        worker = self._some(data)
        if not worker.left or worker.claim.stopped:
            return
        delivery = worker.left.pop(0)
        outcome = SAID[said]
        if said != "unsent":
            worker.journal.wrote(delivery)
        if said in ("accepted", "lost"):
            self.taken[delivery] += 1
        worker.journal.heard(delivery, outcome)
        worker.outcomes[delivery] = outcome

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        """In time, or long after the lease has run out."""
        worker = self._some(data)
        self.workers.remove(worker)
        self.engine.sender._record(worker.claim, worker.recipients, worker.outcomes, self.clock.now(), moments={})
        worker.journal.close(recorded=True)

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), keeps=st.booleans())
    def crash(self, data: st.DataObject, keeps: bool) -> None:
        """The process dies; its journal is here, or on a machine that is gone."""
        worker = self._some(data)
        self.workers.remove(worker)
        worker.journal.close(recorded=not keeps)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def crash_after_recording(self, data: st.DataObject) -> None:
        """The process dies between the ledger's commit and the removal of the journal."""
        worker = self._some(data)
        self.workers.remove(worker)
        self.engine.sender._record(worker.claim, worker.recipients, worker.outcomes, self.clock.now(), moments={})
        worker.journal.close(recorded=False)

    @precondition(lambda self: not self.workers)
    @rule(batch=st.integers(1, BATCHES))
    def send(self, batch: int) -> None:
        self.engine.sender.send_batch(batch)

    @rule(seconds=st.sampled_from([1, LEASE // 2, LEASE + 1, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.workers)
    @rule()
    def beat(self) -> None:
        for worker in self.workers:
            self.engine.claims._renew(worker.claim)

    @rule()
    def sweep(self) -> None:
        self.engine.sweeper.sweep_journals()

    @rule(sleeps=st.booleans())
    def take_back(self, sleeps: bool) -> None:
        """Some leases have run out, or all, because everybody slept."""
        self.clock.advance(LEASE + 1 if sleeps else 0)
        self.engine.sweeper.take_back_expired()

    @rule()
    def finish(self) -> None:
        finish_sent(self.database, clock=self.clock)

    @rule(on=st.booleans())
    def pause_or_resume(self, on: bool) -> None:
        if on:
            self._try(
                lambda: Control(self.database, self.clock).resume(id_of_issue(self.database, **ISSUE), by=OPERATOR)
            )
        else:
            self._try(
                lambda: Control(self.database, self.clock).pause(id_of_issue(self.database, **ISSUE), by=OPERATOR)
            )

    @precondition(lambda self: self._chance_to_cancel())
    @rule()
    def cancel(self) -> None:
        self._try(lambda: Control(self.database, self.clock).cancel(id_of_issue(self.database, **ISSUE), by=OPERATOR))

    @rule()
    def resend(self) -> None:
        uncertain = [i for i, state in self._states().items() if state == DeliveryState.UNCERTAIN]
        if self._try(
            lambda: Control(self.database, self.clock).resend(
                id_of_issue(self.database, **ISSUE), uncertain=True, by=OPERATOR
            )
        ):
            self.asked.update(uncertain)

    @invariant()
    def nobody_gets_a_copy_that_was_not_asked_for(self) -> None:
        for delivery, copies in self.taken.items():
            assert copies <= 1 + self.asked[delivery], (delivery, copies)

    @invariant()
    def who_has_work_left_has_a_batch_that_will_do_it(self) -> None:
        with self.database.read() as session:
            for batch in session.scalars(select(Batch)):
                among = Delivery.id.between(batch.first_delivery_id, batch.last_delivery_id)
                is_open = Delivery.state.in_(list(OPEN_DELIVERY_STATES))
                left = session.scalar(select(func.count()).where(among, is_open))
                assert not left or batch.state in (BatchState.WAITING, BatchState.CLAIMED)

    @invariant()
    def the_sums_are_those_of_the_rows(self) -> None:
        seen, rows = self._progress(), Counter(self._states().values())
        assert {state: n for state, n in seen.counts.items() if n} == dict(rows)
        assert (seen.total, seen.candidates) == (READERS, READERS)
        assert seen.state != IssueState.SENT or (seen.left == 0 and seen.finished_at is not None)

    def _run_to_the_end(self) -> None:
        """Let every worker record or die, sweep, resume, and send what is left: all have reached an end by then."""
        for worker in [*self.workers]:
            self.workers.remove(worker)
            worker.journal.close(recorded=False)
        for _ in range(30):
            self.clock.advance(LEASE + 1)
            self.pause_or_resume(on=True)
            self.engine.tick()
            for batch in range(1, BATCHES + 1):
                self.engine.sender.send_batch(batch)
            self.clock.advance(600)
            if self._progress().state in (IssueState.SENT, IssueState.CANCELLED) and not self._progress().left:
                break
        self.nobody_gets_a_copy_that_was_not_asked_for()
        found, seen = self._states(), self._progress()
        assert seen.left == 0, found
        assert seen.state in (IssueState.SENT, IssueState.CANCELLED)
        for delivery, state in found.items():
            assert state != DeliveryState.SUBMITTED or self.taken[delivery], "told to be submitted, and never taken"
            unsure = (DeliveryState.UNCERTAIN, DeliveryState.REJECTED, DeliveryState.SKIPPED)
            assert self.taken[delivery] or state in unsure, "lost"

    def _answer(self, envelope: Envelope) -> Outcome:
        self.taken[envelope.delivery_id] += 1
        return SAID["accepted"]

    def _chance_to_cancel(self) -> bool:
        return sum(self.taken.values()) > READERS // 2

    def _some(self, data: st.DataObject) -> Worker:
        return data.draw(st.sampled_from(self.workers))

    def _try(self, move: Callable[[], object]) -> object:
        try:
            return move()
        except ConflictError:
            return None

    def _states(self) -> dict[int, DeliveryState]:
        with self.database.read() as session:
            return dict(iter(session.execute(select(Delivery.id, Delivery.state))))

    def _progress(self) -> Progress:
        return progress(self.database, clock=self.clock, issue_id=id_of_issue(self.database, **ISSUE))


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=often(20, 100), stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
