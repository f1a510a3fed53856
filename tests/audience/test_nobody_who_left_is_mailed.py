"""Whatever the order of lists, goodbyes, changes, undoing, bounces and erasure: an issue is planned for nobody who left."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.audience import erasure
from newsletter.audience.changing_readers import ChangingReaders, WantedChange
from newsletter.audience.said import Said
from newsletter.delivery import planning
from newsletter.errors import ConflictError, NotFoundError
from newsletter.mail.address import address_hash
from newsletter.model import Delivery, Publication, Subscriber, Subscription
from newsletter.model.actor import reader
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
from newsletter.model.reader_filter import ReaderFilter
from newsletter.store.audience import suppressions
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_issue
from tests.parts.long_form import often

PEOPLE = 3
ACTS = ("list", "leave", "listed as gone", "bounce", "suppress", "erase")
STEPS = st.one_of(
    st.tuples(st.sampled_from(ACTS), st.integers(0, PEOPLE - 1)),
    st.tuples(st.sampled_from(("unsubscribe all", "undo", "tag all", "plan")), st.just(0)),
)
_numbers = count(1)


@dataclass
class Town:
    """A few people at a domain of their own, and what is known of each: who is out may get nothing."""

    desk: Desk
    number: int = field(default_factory=lambda: next(_numbers))
    out: set[str] = field(default_factory=set)
    issues: int = 0

    def address(self, who: int) -> str:
        return f"r{who}@t{self.number}.example"

    def subscription(self, who: int) -> int | None:
        with self.desk.database.read() as session:
            rows = select(Subscription.id).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
            return session.scalar(rows.where(Subscriber.address_hash == address_hash(self.address(who))))

    def act(self, act: str, who: int) -> None:
        """Do one thing, a second after the last."""
        self.desk.clock.advance(1)
        getattr(self, "_" + act.replace(" ", "_"))(who)

    def _list(self, who: int) -> None:
        self.desk.import_list([{"email": self.address(who)}], consent="Asked at the fair", confirmed=True)

    def _listed_as_gone(self, who: int) -> None:
        rows = [{"email": self.address(who), "status": "gone"}]
        self.desk.import_list(rows, consent="x", confirmed=True, states=["status:gone=unsubscribed"])
        self.out.add(self.address(who))

    def _leave(self, who: int) -> None:
        its = self.subscription(who)
        if its is not None:
            self.desk.preferences.unsubscribe(its, Said("one-click", "192.0.2.3"), by=reader(its))
            self.out.add(self.address(who))

    def _bounce(self, who: int) -> None:
        address = self.address(who)
        with self.desk.database.write() as session:
            whom = {"address": address, "address_hash": address_hash(address)}
            now = self.desk.clock.now()
            suppressions.add(session, **whom, publication_id=None, reason="userunknown", now=now)
        self.out.add(address)

    def _suppress(self, who: int) -> None:
        self.desk.suppressing.suppress(self.address(who), publication_id=self.desk.publication_id, by=OPERATOR)
        self.out.add(self.address(who))

    def _erase(self, who: int) -> None:
        try:
            erasure.forget(self.desk.database, clock=self.desk.clock, address=self.address(who), by=OPERATOR)
        except NotFoundError:
            return
        self.out.add(self.address(who))

    @property
    def _changing(self) -> ChangingReaders:
        return ChangingReaders(self.desk.database, self.desk.clock)

    def _change(self, kind: ReaderChangeKind, tag: str = "") -> None:
        wanted = WantedChange(kind, ReaderFilter(words=f"@t{self.number}.example"), tag)
        self._changing.begin(self.desk.publication_id, wanted, by=OPERATOR)

    def _unsubscribe_all(self, _: int) -> None:
        self._change(ReaderChangeKind.UNSUBSCRIBE)

    def _tag_all(self, _: int) -> None:
        self._change(ReaderChangeKind.TAG, "press")

    def _undo(self, _: int) -> None:
        for change in self._changing.newest(self.desk.publication_id, by=OPERATOR, limit=3):
            if change.state is ReaderChangeState.DONE:
                try:
                    self._changing.undo(self.desk.publication_id, change.id, by=OPERATOR)
                except ConflictError:
                    return

    def _plan(self, _: int) -> None:
        mailed = self.mailed()
        assert not mailed & self.out, "an issue is planned for somebody who left"

    def mailed(self) -> set[str]:
        """Plan an issue; return to whom of the town it goes."""
        self.issues += 1
        with self.desk.database.read() as session:
            home = session.get_one(Publication, self.desk.publication_id)
        issue = add_issue(self.desk.database, self.desk.clock, home, f"t{self.number}-{self.issues}")
        planning.plan(self.desk.database, clock=self.desk.clock, issue_id=issue.id, batch_size=10)
        with self.desk.database.read() as session:
            rows = select(Subscriber.address).join(Delivery, Delivery.subscriber_id == Subscriber.id)
            whole = session.scalars(rows.where(Delivery.issue_id == issue.id))
            return {each for each in whole if each.endswith(f"@t{self.number}.example")}


@given(steps=st.lists(STEPS, min_size=3, max_size=14))
@example(steps=[("list", 0), ("unsubscribe all", 0), ("leave", 0), ("undo", 0)])
@example(steps=[("list", 0), ("unsubscribe all", 0), ("listed as gone", 0), ("undo", 0), ("list", 0)])
@example(steps=[("list", 0), ("unsubscribe all", 0), ("erase", 0), ("undo", 0), ("list", 0)])
@example(steps=[("list", 0), ("unsubscribe all", 0), ("bounce", 0), ("undo", 0), ("list", 0)])
@example(steps=[("list", 0), ("leave", 0), ("unsubscribe all", 0), ("undo", 0), ("list", 0)])
@settings(max_examples=often(20, 80), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_issue_is_planned_for_nobody_who_left_in_whatever_order(
    small_desk: Desk, steps: list[tuple[str, int]]
) -> None:
    town = Town(small_desk)
    for act, who in steps:
        town.act(act, who)
    town.act("plan", 0)


@pytest.mark.parametrize("between", [("tag all",), ("unsubscribe all", "undo"), ("unsubscribe all", "undo", "list")])
def test_whoever_did_not_leave_is_mailed_after_a_change_was_taken_back(desk: Desk, between: tuple[str, ...]) -> None:
    town = Town(desk)
    town.act("list", 0)
    for act in between:
        town.act(act, 0)
    assert town.mailed() == {town.address(0)}


def test_whom_an_editor_unsubscribed_gets_nothing_until_it_is_taken_back(desk: Desk) -> None:
    town = Town(desk)
    for act in ("list", "unsubscribe all", "list"):
        town.act(act, 0)
    assert town.mailed() == set()
