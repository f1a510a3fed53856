"""Until somebody has got an issue one batch of it goes, however many processes there are; then all of them send."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.delivery.clock_skew import TOLERATED
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.delivery.trying_first import PATIENCE, TURN
from newsletter.mail.envelope import Accepted, Envelope, Outcome, Refused
from newsletter.model import Batch, Issue
from newsletter.model.states import IssueState
from newsletter.store.delivery import first_tries
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states

OK = Accepted(250, "2.0.0", "ok")
POLICY = Refused(550, "5.7.1", "5.7.1 rejected due to local policy", "DOT")
NOBODY = Refused(550, "5.1.1", "5.1.1 user unknown", "RCPT")


@pytest.fixture
def other(engine: Engine) -> Engine:
    """Another process, with a way out of its own."""
    return rewired(engine, transport=MemoryTransport())


def planned(engine: Engine, readers: int = 20) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    plan_due(engine.database, clock=engine.clock, batch_size=10)
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def sent(engine: Engine) -> int:
    assert isinstance(engine.sender.transport, MemoryTransport)
    return len(engine.sender.transport.envelopes)


def try_meanwhile(engine: Engine, other: Engine, batch_id: int, answers: dict[int, Outcome]) -> list[int]:
    """Let another process try a batch at some of the messages of this one; return how many it has sent each time."""
    seen: list[int] = []
    offered = itertools.count()

    def script(_: Envelope) -> Outcome:
        number = next(offered)
        if number in answers:
            other.sender.send_batch(batch_id)
            seen.append(sent(other))
        return answers.get(number, OK)

    assert isinstance(engine.sender.transport, MemoryTransport)
    engine.sender.transport._script = script
    return seen


def test_the_others_wait_for_the_first_answer_and_not_for_more(engine: Engine, other: Engine) -> None:
    first, second = planned(engine)
    seen = try_meanwhile(engine, other, second, {0: NOBODY, 1: NOBODY})
    began = engine.clock.monotonic()
    engine.sender.send_batch(first)
    assert seen == [0, 0], "nothing while nobody has got it"
    assert engine.clock.monotonic() - began >= PATIENCE, "it waited for the answer, a little"
    engine.clock.advance(2)
    other.sender.send_batch(second)
    assert sent(other) == 10
    assert states(engine.database) == {"submitted": 18, "rejected": 2}


def test_once_somebody_has_got_it_nobody_waits(engine: Engine, other: Engine, clock: SettableClock) -> None:
    first, second = planned(engine)
    engine.sender.send_batch(first)
    began = clock.monotonic()
    other.sender.send_batch(second)
    assert (sent(other), clock.monotonic()) == (10, began)


def test_who_came_to_nothing_gives_the_turn_up_at_once(engine: Engine, other: Engine, clock: SettableClock) -> None:
    first, second = planned(engine)
    engine.sender.transport._script = lambda _: NOBODY
    engine.sender.send_batch(first)
    began = clock.monotonic()
    other.sender.send_batch(second)
    assert (sent(other), clock.monotonic()) == (10, began)


def test_an_issue_that_is_resumed_is_tried_first_again(engine: Engine, other: Engine) -> None:
    first, second, third = planned(engine, 30)
    engine.sender.send_batch(first)
    engine.sender.transport._script = lambda _: POLICY
    engine.sender.send_batch(second)
    with engine.database.read() as session:
        issue_id, state = session.execute(select(Issue.id, Issue.state)).one()
        assert state == IssueState.PAUSED
        assert first_tries.is_proven(session, issue_id)
    Control(engine.database, engine.clock).resume(issue_id, by=OPERATOR)
    with engine.database.read() as session:
        assert not first_tries.is_proven(session, issue_id)
    engine.clock.advance(60)
    seen = try_meanwhile(engine, other, third, {0: NOBODY})
    engine.sender.send_batch(second)
    assert seen == [0]


def took(session: Session, issue_id: int, now: datetime) -> bool:
    return first_tries.take_turn(session, issue_id, now, now + TURN, longest=now + TURN + TOLERATED)


def test_a_turn_that_a_clock_which_was_ahead_wrote_holds_nobody_up(engine: Engine) -> None:
    planned(engine)
    now = engine.clock.now()
    with engine.database.write() as session:
        issue_id = session.scalars(select(Issue.id)).one()
        assert took(session, issue_id, now + timedelta(days=1))
        assert took(session, issue_id, now)
        assert not took(session, issue_id, now)


def test_a_turn_ends_by_itself_and_is_ended_by_nobody_else(engine: Engine) -> None:
    planned(engine)
    now = engine.clock.now()
    with engine.database.write() as session:
        issue_id = session.scalars(select(Issue.id)).one()
        assert took(session, issue_id, now)
        assert not took(session, issue_id, now)
        later = now + TURN
        assert took(session, issue_id, later), "its process may have died"
        first_tries.give_up(session, issue_id, now + TURN, later)
        assert not took(session, issue_id, later), "the other one has it now"
        first_tries.give_up(session, issue_id, later + TURN, later)
        assert took(session, issue_id, later)
        first_tries.prove(session, issue_id)
        assert not took(session, issue_id, later + timedelta(days=1))
