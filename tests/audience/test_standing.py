"""Whatever people do in whatever order, the laws of consent hold."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from newsletter.audience import erasure
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, NotFoundError, TokenError
from newsletter.mail.address import address_hash
from newsletter.model import ConsentRecord, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.audience import suppressions
from newsletter.tokens import Signer
from tests.audience.conftest import Desk
from tests.audience.waiting_list import bring, decline, line_up, work
from tests.parts.actors import OPERATOR
from tests.parts.lending import sqlite_ledger
from tests.parts.long_form import often

READERS = st.sampled_from(["ada@example.org", "bob@example.org"])
_WITHDRAWN = {"unsubscribed", "erased"}


class PlainRenderer(Renderer):
    """Says in one line what the real one says in a page: the laws do not depend on the templates."""

    def notice(self, kind: str, brand: object, **values: str) -> NoticeRendering:
        line = values.get("confirm_url", "")
        return NoticeRendering(subject=kind, html=line, text=line)


class Standing(RuleBasedStateMachine):
    """Two readers, one publication, and everything that moves a subscription."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        database = sqlite_ledger(Path(self.folder.name) / "standing.db")
        clock = SettableClock()
        self.desk = Desk(database, clock, Signer(b"a secret for tests only"), PlainRenderer(TEMPLATES))
        self.tokens: list[str] = []
        self.goodbyes: list[str] = []
        self.records = 0
        self.erased: set[str] = set()
        self.asked: list[str] = []

    def teardown(self) -> None:
        self.desk.database.close()
        self.folder.cleanup()

    @rule(address=READERS)
    def subscribe(self, address: str) -> None:
        before = len(self.desk.notices())
        self.desk.buckets = type(self.desk.buckets)(self.desk.clock)
        self.desk.subscribe(address)
        self.tokens += [n.text.rpartition("/")[2] for n in self.desk.notices()[before:] if n.kind == "confirm"]

    @precondition(lambda self: self.tokens)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        with contextlib.suppress(TokenError, ConflictError):
            self.desk.confirm(data.draw(st.sampled_from(self.tokens)))

    @rule(address=READERS)
    def send(self, address: str) -> None:
        if self.desk.state(address) is SubscriptionState.ACTIVE:
            self.goodbyes.append(self.desk.deliver(address))

    @precondition(lambda self: self.goodbyes)
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        assert self.desk.unsubscribe(data.draw(st.sampled_from(self.goodbyes))).active is False

    @rule(address=READERS)
    def come_and_go(self, address: str) -> None:
        self.subscribe(address)
        for token in self.tokens[-1:]:
            with contextlib.suppress(TokenError, ConflictError):
                self.desk.confirm(token)
        if self.desk.state(address) is SubscriptionState.ACTIVE:
            self.goodbyes.append(self.desk.deliver(address))
            self.desk.unsubscribe(self.goodbyes[-1])

    @rule(address=READERS, most=st.sampled_from([None, 1]))
    def ask(self, address: str, most: int | None) -> None:
        bring(self.desk, address, ask=True)
        line_up(self.desk, most=most)

    @rule()
    def work(self) -> None:
        before = {notice.id for notice in self.desk.notices()}
        work(self.desk)
        now = self.desk.clock.now()
        for notice in self.desk.notices():
            if notice.id in before:
                continue
            address = notice.to_address
            self.asked.append(address)
            with self.desk.database.read() as session:
                assert not suppressions.is_suppressed(session, address_hash(address), self.desk.publication_id, now)
            assert self.desk.state(address) is SubscriptionState.PENDING
            self.tokens.append(notice.text.rpartition("/")[2])

    @precondition(lambda self: self.tokens)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        with contextlib.suppress(TokenError):
            decline(self.desk, data.draw(st.sampled_from(self.tokens)))

    @invariant()
    def nobody_is_invited_twice(self) -> None:
        with self.desk.database.read() as session:
            often = select(func.count()).select_from(ConsentRecord).where(ConsentRecord.action == "invited")
            assert session.scalars(often.group_by(ConsentRecord.subscription_id)).all() in ([], [1], [1, 1])
        assert len(set(self.asked)) == len(self.asked)

    @rule(address=READERS, confirmed=st.booleans())
    def load(self, address: str, confirmed: bool) -> None:
        before = self.desk.state(address)
        self.desk.import_list([{"email": address}], consent="yes", confirmed=confirmed, place="list")
        if before is SubscriptionState.UNSUBSCRIBED:
            assert self.desk.state(address) is SubscriptionState.UNSUBSCRIBED

    @rule(address=READERS)
    def forget(self, address: str) -> None:
        with contextlib.suppress(NotFoundError):
            erasure.forget(self.desk.database, clock=self.desk.clock, address=address, by=OPERATOR)
            self.erased.add(address)

    @rule(address=READERS, reason=st.sampled_from(["manual", "complaint", "mailboxfull"]), own=st.booleans())
    def suppress(self, address: str, reason: str, own: bool) -> None:
        scope = self.desk.publication_id if own else None
        self.desk.suppressing.suppress(address, publication_id=scope, reason=reason, by=OPERATOR)

    @rule(seconds=st.sampled_from([0.4, 61, 86_400]))
    def wait(self, seconds: float) -> None:
        self.desk.clock.advance(seconds)

    @invariant()
    def only_proof_makes_active(self) -> None:
        for subscription, actions in self._subscriptions():
            after = list(itertools.takewhile(lambda action: action not in _WITHDRAWN, reversed(actions)))
            withdrawn = len(after) < len(actions)
            if subscription.state is SubscriptionState.ACTIVE:
                assert "confirmed" in after or (not withdrawn and "imported" in after)
                assert "confirmed" not in after or {"asked", "invited", "imported"} & set(after)
            if subscription.state is SubscriptionState.UNSUBSCRIBED:
                assert withdrawn
                assert "confirmed" not in after

    @invariant()
    def one_subscription_for_each_reader(self) -> None:
        with self.desk.database.read() as session:
            most = select(func.count(Subscription.id)).group_by(Subscription.publication_id, Subscription.subscriber_id)
            assert set(session.scalars(most)) <= {1}

    @invariant()
    def proof_only_grows(self) -> None:
        records = self.desk.count(ConsentRecord)
        assert records >= self.records
        self.records = records

    @invariant()
    def the_erased_stay_unknown_and_suppressed(self) -> None:
        now = self.desk.clock.now()
        with self.desk.database.read() as session:
            for address in self.erased:
                key = address_hash(address)
                assert session.scalar(select(Subscriber.id).where(Subscriber.address_hash == key)) is None
                assert suppressions.is_suppressed(session, key, self.desk.publication_id, now)

    def _subscriptions(self) -> Iterator[tuple[Subscription, list[str]]]:
        with self.desk.database.read() as session:
            for subscription in session.scalars(select(Subscription)):
                theirs = select(ConsentRecord.action).where(ConsentRecord.subscription_id == subscription.id)
                yield subscription, list(session.scalars(theirs.order_by(ConsentRecord.id)))


Standing.TestCase.settings = settings(max_examples=often(10, 30), stateful_step_count=20)
TestStanding = Standing.TestCase
