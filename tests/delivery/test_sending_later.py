"""One more send reaches those who joined since, and nobody twice; its sums are proven and kept."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.delivery.sending_later import SendingLater
from newsletter.errors import ConflictError, ForbiddenError
from newsletter.mail.address import address_hash
from newsletter.model import Batch, Delivery, Issue, LaterPlan, Publication, Subscription, Suppression
from newsletter.model.rights import Right
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR, able
from tests.parts.engines import send_all
from tests.parts.ledger import add_issue, add_publication, add_readers

NUMBERS = itertools.count()


def later(engine: Engine, size: int = 4) -> SendingLater:
    return SendingLater(engine.database, engine.clock, size)


def sent(engine: Engine, readers: int = 10) -> tuple[Publication, Issue]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    issue = add_issue(engine.database, engine.clock, publication)
    send_all(engine)
    return publication, issue


def got(transport: MemoryTransport) -> list[str]:
    return sorted(envelope.rcpt_to for envelope in transport.envelopes)


def test_those_who_joined_since_get_it_and_nobody_gets_it_twice(engine: Engine, transport: MemoryTransport) -> None:
    publication, issue = sent(engine)
    assert progress(engine.database, clock=engine.clock, issue_id=issue.id).state is IssueState.SENT
    add_readers(engine.database, engine.clock, publication, 7, "late.example")
    assert later(engine).send(issue.id, by=OPERATOR) == 7
    assert progress(engine.database, clock=engine.clock, issue_id=issue.id).state is IssueState.SENDING
    send_all(engine)
    seen = progress(engine.database, clock=engine.clock, issue_id=issue.id)
    assert (seen.state, seen.total, seen.left) == (IssueState.SENT, 17, 0)
    assert len(got(transport)) == len(set(got(transport))) == 17
    with pytest.raises(ConflictError, match="nobody joined since"):
        later(engine).send(issue.id, by=OPERATOR)


def test_who_left_is_suppressed_or_has_not_confirmed_is_left_out_and_the_sums_say_so(engine: Engine) -> None:
    publication, issue = sent(engine)
    ids = add_readers(engine.database, engine.clock, publication, 6, "late.example")
    with engine.database.write() as session:
        session.execute(
            update(Subscription).where(Subscription.subscriber_id == ids[0]).values(state=SubscriptionState.PENDING)
        )
        address = "reader1@late.example"
        now = engine.clock.now()
        session.add(Suppression(address_hash=address_hash(address), address=address, reason="manual", created_at=now))
    assert later(engine).send(issue.id, by=OPERATOR) == 4
    [plan] = later(engine).plans_of(issue.id)
    told = (plan.candidates, plan.planned, plan.already, plan.excluded_standing, plan.excluded_suppressed)
    assert told == (16, 4, 10, 1, 1)
    with engine.database.read() as session:
        sizes = session.scalars(select(Batch.size).where(Batch.issue_id == issue.id).order_by(Batch.id)).all()
    assert sizes[-1] == 4 and sum(sizes) == 14


def test_pressed_twice_at_one_moment_it_is_planned_once(engine: Engine) -> None:
    publication, issue = sent(engine)
    add_readers(engine.database, engine.clock, publication, 5, "late.example")

    def press(_: int) -> Any:
        try:
            return later(engine).send(issue.id, by=OPERATOR)
        except ConflictError:
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, range(4))) == [0, 0, 0, 5]
    with engine.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LaterPlan)) == 1
        assert session.scalar(select(func.count()).where(Delivery.issue_id == issue.id)) == 15


def test_it_is_refused_before_the_issue_has_gone_out_and_without_the_right(engine: Engine) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 3)
    issue = add_issue(engine.database, engine.clock, publication)
    with pytest.raises(ConflictError, match="scheduled"):
        later(engine).send(issue.id, by=OPERATOR)
    with pytest.raises(ForbiddenError):
        later(engine).send(issue.id, by=able(Right.WRITE))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waves=st.lists(st.integers(1, 9), min_size=1, max_size=4), first=st.integers(0, 9))
def test_however_many_waves_join_everybody_gets_it_once(engine: Engine, waves: list[int], first: int) -> None:
    slug = f"w{next(NUMBERS)}"
    publication = add_publication(engine.database, engine.clock, slug)
    if first:
        add_readers(engine.database, engine.clock, publication, first, f"{slug}.example")
    issue = add_issue(engine.database, engine.clock, publication, slug)
    send_all(engine)
    for wave, many in enumerate(waves):
        add_readers(engine.database, engine.clock, publication, many, f"{slug}-{wave}.example")
        assert later(engine).send(issue.id, by=OPERATOR) == many
    send_all(engine)
    seen = progress(engine.database, clock=engine.clock, issue_id=issue.id)
    assert (seen.state, seen.total) == (IssueState.SENT, first + sum(waves))
    assert seen.total == seen.candidates - seen.excluded_standing - seen.excluded_suppressed + sum(
        plan.planned for plan in later(engine).plans_of(issue.id)
    )
