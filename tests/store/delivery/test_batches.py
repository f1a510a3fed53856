"""Claims, leases and fences in any order: no delivery is on the wire twice, and everything comes to an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery.planning import plan
from newsletter.model import Batch, Delivery, Issue
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import batches, deliveries, outcomes
from newsletter.store.delivery.batches import Claimed
from newsletter.store.delivery.outcomes import Settled
from tests.parts.kept_counts import agree
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.long_form import often

LEASE = timedelta(seconds=60)
OPEN = {DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SUBMITTING}
NUMBERS = count()


@dataclass
class Claim:
    """What one worker believes to hold; it may have lost it since."""

    batch: Claimed
    fence: int
    marked: list[int]


class Claiming(RuleBasedStateMachine):
    """Workers that claim, mark, answer, fall asleep and wake; a sweeper; an editor who pauses."""

    database: Database

    @initialize()
    def begin(self) -> None:
        slug = f"p{next(NUMBERS)}"
        self.clock = SettableClock()
        publication = add_publication(self.database, self.clock, slug)
        add_readers(self.database, self.clock, publication, 5, f"{slug}.example")
        self.publication_id = publication.id
        self.issue_id = add_issue(self.database, self.clock, publication, slug).id
        assert plan(self.database, clock=self.clock, issue_id=self.issue_id, batch_size=3) is not None
        self.claims: list[Claim] = []
        self.on_wire: dict[int, int] = {}  # delivery to the fence it was marked under
        self.accepted: list[int] = []
        self.fences: dict[int, int] = {}

    @rule(place=st.integers(0, 1))
    def a_worker_claims(self, place: int) -> None:
        before = self._batches()[place]
        now = self.clock.now()
        with self.database.write() as session:
            got = batches.claim(session, before.id, holder="test", now=now, until=now + LEASE)
        free = before.state == BatchState.WAITING and before.due_at <= now
        assert (got is not None) == (free and self._issue_state() == IssueState.SENDING)
        if got is not None:
            assert got.fence == before.fence + 1
            self.claims.append(Claim(got, got.fence, []))

    @rule(data=st.data())
    def a_worker_marks_what_is_due(self, data: st.DataObject) -> None:
        claim = self._some_claim(data)
        if claim is None or claim.marked:
            return
        now = self.clock.now()
        with self.database.write() as session:
            page = [r.delivery_id for r in deliveries.page(session, claim.batch, now)]
            taken = page[: data.draw(st.integers(0, 3))]
            deliveries.mark_submitting(session, taken, claim.fence, now)
        assert self.on_wire.keys().isdisjoint(taken), "nobody marks what another has on the wire"
        claim.marked = taken
        self.on_wire |= dict.fromkeys(taken, claim.fence)

    @rule(data=st.data())
    def a_worker_records_and_releases(self, data: st.DataObject) -> None:
        claim = self._some_claim(data)
        if claim is None:
            return
        self.claims.remove(claim)
        self._record(claim, [data.draw(st.sampled_from(["accepted", "deferred", "unsent"])) for _ in claim.marked])

    @rule(data=st.data())
    def a_worker_renews(self, data: st.DataObject) -> None:
        claim = self._some_claim(data)
        if claim is None:
            return
        before = next(b for b in self._batches() if b.id == claim.batch.id)
        with self.database.write() as session:
            state = batches.renew(session, claim.batch.id, claim.fence, self.clock.now() + LEASE)
        ours = before.state == BatchState.CLAIMED and before.fence == claim.fence
        assert state == (self._issue_state() if ours else None)

    @rule(seconds=st.sampled_from([1, 30, 61, 600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def leases_that_ran_out_are_taken_back(self) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            for batch in batches.expired(session, now):
                if batch.issue_id != self.issue_id:
                    continue
                assert batch.leased_until is not None and batch.leased_until < now
                left = deliveries.submitting_of(session, batch, batch.fence, [DeliveryState.SUBMITTING])
                unknown = [Settled(i, DeliveryState.UNCERTAIN, reply="gone") for i, _ in left]
                outcomes.settle(session, unknown, batch.fence, now)
                assert batches.release(session, batch.id, batch.fence, due_at=batches.next_due(session, batch, now))

    @rule()
    def an_editor_pauses_or_resumes(self) -> None:
        other = {IssueState.SENDING: IssueState.PAUSED, IssueState.PAUSED: IssueState.SENDING}
        with self.database.write() as session:
            issue = session.get_one(Issue, self.issue_id)
            issue.state = other[issue.state]

    @invariant()
    def the_rows_agree(self) -> None:
        if not hasattr(self, "fences"):
            return
        agree(self.database)
        rows = self._deliveries()
        for batch in self._batches():
            assert batch.fence >= self.fences.get(batch.id, 0), "a fence only grows"
            self.fences[batch.id] = batch.fence
            assert (batch.leased_until is not None) == (batch.state == BatchState.CLAIMED)
            theirs = [rows[i].state for i in range(batch.first_delivery_id, batch.last_delivery_id + 1)]
            assert batch.state != BatchState.DONE or OPEN.isdisjoint(theirs), "done means that nothing is left"
        assert len(self.accepted) == len(set(self.accepted)), "nobody was taken for accepted twice"
        assert {i for i, row in rows.items() if row.state == DeliveryState.SUBMITTED} == set(self.accepted)
        assert {i for i, row in rows.items() if row.state == DeliveryState.SUBMITTING} <= set(self.on_wire)

    def teardown(self) -> None:
        """Every worker wakes up at last: nothing may be left that no claim would ever take."""
        if not hasattr(self, "fences"):
            return
        for claim in self.claims:
            self._record(claim, ["accepted"] * len(claim.marked))
        with self.database.write() as session:
            session.execute(update(Issue).where(Issue.id == self.issue_id).values(state=IssueState.SENDING))
        for _ in range(4):
            self.clock.advance(600)
            self.leases_that_ran_out_are_taken_back()
            for batch in self._batches():
                now = self.clock.now()
                with self.database.write() as session:
                    got = batches.claim(session, batch.id, holder="last", now=now, until=now + LEASE)
                    if got is None:
                        continue
                    page = [r.delivery_id for r in deliveries.page(session, got, now)]
                    deliveries.mark_submitting(session, page, got.fence, now)
                self._record(Claim(got, got.fence, page), ["accepted"] * len(page))
        assert {batch.state for batch in self._batches()} == {BatchState.DONE}
        ends = {row.state for row in self._deliveries().values()}
        assert ends <= {DeliveryState.SUBMITTED, DeliveryState.UNCERTAIN}

    def _record(self, claim: Claim, answers: list[str]) -> None:
        now, later = self.clock.now(), self.clock.now() + timedelta(seconds=45)
        said = {
            "accepted": (DeliveryState.SUBMITTED, None),
            "deferred": (DeliveryState.DEFERRED, later),
            "unsent": (DeliveryState.QUEUED, None),
        }
        settled = [
            Settled(i, said[answer][0], reply=answer, next_attempt_at=said[answer][1])
            for i, answer in zip(claim.marked, answers, strict=True)
        ]
        with self.database.write() as session:
            for each in settled:  # one by one, to learn which of them were still under this claim
                if outcomes.settle(session, [each], claim.fence, now) and each.state == DeliveryState.SUBMITTED:
                    self.accepted.append(each.delivery_id)
            batches.release(session, claim.batch.id, claim.fence, due_at=batches.next_due(session, claim.batch, now))
            if (due_at := batches.next_due(session, claim.batch, now)) is not None:
                batches.reopen(session, claim.batch.id, due_at)
        for delivery_id in claim.marked:
            if self.on_wire.get(delivery_id) == claim.fence:
                del self.on_wire[delivery_id]

    def _some_claim(self, data: st.DataObject) -> Claim | None:
        return data.draw(st.sampled_from(self.claims)) if self.claims else None

    def _batches(self) -> list[Batch]:
        with self.database.read() as session:
            return list(session.scalars(select(Batch).where(Batch.issue_id == self.issue_id).order_by(Batch.id)))

    def _deliveries(self) -> dict[int, Delivery]:
        with self.database.read() as session:
            return {d.id: d for d in session.scalars(select(Delivery).where(Delivery.issue_id == self.issue_id))}

    def _issue_state(self) -> IssueState:
        with self.database.read() as session:
            return IssueState(session.get_one(Issue, self.issue_id).state)


def test_claims_in_any_order_lose_and_double_nobody(database: Database) -> None:
    machine = type("Machine", (Claiming,), {"database": database})
    run_state_machine_as_test(machine, settings=settings(max_examples=often(12, 50), stateful_step_count=25))
