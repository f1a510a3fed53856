"""One batch from claim to ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.pace.circuit_breaker import Entry
from newsletter.delivery.planning import plan_due
from newsletter.inbound.maildir import MaildirReader
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown, Unsent
from newsletter.model import Attempt, Batch, Delivery, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.transports.maildir import MaildirTransport
from newsletter.transports.memory import MemoryTransport
from tests.parts.engines import rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.transports.test_maildir import FullDisk


def planned(engine: Engine, readers: int = 25) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    plan_due(engine.database, clock=engine.clock, batch_size=10)
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def test_every_reader_gets_one_message_with_tokens_of_their_own(engine: Engine, transport: MemoryTransport) -> None:
    for batch_id in planned(engine):
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 25}
    assert (
        len({e.rcpt_to for e in transport.envelopes})
        == len({e.mail_from for e in transport.envelopes})
        == len({e.content for e in transport.envelopes})
        == 25
    )


def test_a_job_that_runs_twice_sends_nothing_twice(engine: Engine, transport: MemoryTransport) -> None:
    for batch_id in planned(engine) * 2:
        engine.sender.send_batch(batch_id)
    assert len(transport.envelopes) == 25


def test_who_left_after_the_plan_is_skipped(engine: Engine, transport: MemoryTransport) -> None:
    batches = planned(engine)
    with engine.database.write() as session:
        leaver = session.scalars(select(Delivery.subscriber_id).order_by(Delivery.id)).first()
        session.execute(
            update(Subscription)
            .where(Subscription.subscriber_id == leaver)
            .values(state=SubscriptionState.UNSUBSCRIBED)
        )
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 24, "skipped": 1}
    assert len(transport.envelopes) == 24


def test_each_outcome_has_its_state_and_tries_are_kept_verbatim(engine: Engine, transport: MemoryTransport) -> None:
    answers: list[Outcome] = [
        Accepted(250, "2.0.0", "ok"),
        Deferred(451, "4.3.0", "later"),
        Refused(550, "5.1.1", "nobody"),
        Unknown("gone"),
        Unsent(""),
    ]
    transport._script = lambda envelope: answers[envelope.delivery_id % 5]
    for batch_id in planned(engine):
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 5, "deferred": 5, "rejected": 5, "uncertain": 5, "queued": 5}
    with engine.database.read() as session:
        kept = session.execute(select(Attempt.outcome, Attempt.code, Attempt.status, Attempt.reply).distinct()).all()
    assert {tuple(row) for row in kept} == {
        ("deferred", 451, "4.3.0", "later"),
        ("refused", 550, "5.1.1", "nobody"),
        ("unknown", None, None, "gone"),
    }


def test_a_reply_with_a_nul_in_it_does_not_keep_the_batch_from_being_written(
    engine: Engine, transport: MemoryTransport
) -> None:
    answers: list[Outcome] = [Deferred(451, "4.3.0", "la\0ter"), Refused(550, "5.1.1", "no\0body"), Unknown("go\0ne")]
    transport._script = lambda envelope: answers[envelope.delivery_id % 3]
    for batch_id in planned(engine):
        engine.sender.send_batch(batch_id)
    with engine.database.read() as session:
        kept = set(session.scalars(select(Attempt.reply)))
    assert kept == {"later", "nobody", "gone"}


def test_a_way_out_whose_last_words_hold_a_nul_is_left_alone(engine: Engine, transport: MemoryTransport) -> None:
    transport._script = lambda _: Unsent("the server breaks every connection: \0", counts=False)
    for batch_id in planned(engine):
        engine.sender.send_batch(batch_id)
    assert engine.sender.throttle.gate.enter() is Entry.SHUT


def test_a_deferred_delivery_is_tried_again_with_the_same_message_id(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    tries: list[Envelope] = []

    def script(envelope: Envelope) -> Outcome:
        tries.append(envelope)
        return Deferred(451, "4.3.0", "later") if len(tries) == 1 else Accepted(250, "", "ok")

    transport._script = script
    [batch_id] = planned(engine, 1)
    engine.sender.send_batch(batch_id)
    engine.sender.send_batch(batch_id)
    assert len(tries) == 1, "it is not due yet"
    clock.advance(200)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 1}
    first, second = (e.content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for e in tries)
    assert first == second


def test_a_delivery_deferred_past_the_maximum_age_is_given_up(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Deferred(451, "4.3.0", "later")
    [batch_id] = planned(engine, 1)
    for _ in range(200):
        engine.sender.send_batch(batch_id)
        clock.advance(1800)
    assert states(engine.database) == {"rejected": 1}
    with engine.database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert delivery.status == "4.4.7"
    assert "later" in (delivery.reply or "")


def test_a_way_out_that_breaks_every_connection_costs_no_message_a_try_and_is_left_alone_for_a_while(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    offered: list[int] = []

    def script(envelope: Envelope) -> Outcome:
        offered.append(envelope.delivery_id)
        return Unsent("the server breaks every connection", counts=False)

    transport._script = script
    [batch_id] = planned(engine, 1)
    for _ in range(5):
        engine.sender.send_batch(batch_id)
    assert len(offered) == 1
    assert engine.sender.throttle.gate.enter() is Entry.SHUT
    for _ in range(20):
        clock.advance(90)
        engine.sender.send_batch(batch_id)
    assert len(offered) > 10
    assert states(engine.database) == {"queued": 1}
    with engine.database.read() as session:
        assert session.scalars(select(Delivery.attempts)).one() == 0


def test_a_message_that_breaks_each_connection_is_deferred_and_in_the_end_given_up(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    offered: list[int] = []

    def script(envelope: Envelope) -> Outcome:
        offered.append(envelope.delivery_id)
        return Unsent("the connection broke")

    transport._script = script
    [batch_id] = planned(engine, 1)
    for _ in range(5):
        engine.sender.send_batch(batch_id)
    assert len(offered) == 4, "three tries at once, then it waits"
    assert states(engine.database) == {"deferred": 1}
    for _ in range(100):
        clock.advance(1800)
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"rejected": 1}


def test_a_disk_that_fills_up_in_the_middle_of_a_batch_loses_and_doubles_nobody(
    engine: Engine, tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = rewired(engine, transport=MaildirTransport(tmp_path / "inbox"))
    (batch_id,) = planned(engine, readers=10)
    with monkeypatch.context() as patch:
        FullDisk(patch, room=4)
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 4, "queued": 6}
    with engine.database.read() as session:
        assert list(session.scalars(select(Attempt))) == []
    clock.advance(600)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 10}
    assert len({mail.recipient for mail in MaildirReader(tmp_path / "inbox").page(limit=20)}) == 10
    assert MaildirReader(tmp_path / "inbox").count() == 10


def test_replies_of_any_text_are_kept_verbatim(engine: Engine, transport: MemoryTransport) -> None:
    odd = ['a "quoted" word', "back\\slash\\", "{1,2}", "NULL", "näh\nzwei", "", "a,b", "'; --"]
    transport._script = lambda envelope: Accepted(250, "2.0.0", odd[envelope.delivery_id % len(odd)])
    for batch_id in planned(engine, len(odd)):
        engine.sender.send_batch(batch_id)
    with engine.database.read() as session:
        assert set(session.scalars(select(Delivery.reply))) == set(odd)


def taken_back(engine: Engine, clock: SettableClock) -> None:
    """Let the lease of every batch run out and the sweeper take it back."""
    clock.advance(engine.settings.lease_seconds + 1)
    assert engine.sweeper.take_back_expired() == 1


def test_a_worker_that_wakes_after_its_lease_marks_nothing(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    [batch_id] = planned(engine, 5)
    claim = engine.claims.claim(batch_id)
    assert claim is not None
    taken_back(engine, clock)
    assert engine.sender._open(claim) == []
    assert states(engine.database) == {"queued": 5}
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 5}
    assert len(transport.envelopes) == 5


def test_what_was_heard_after_the_lease_ran_out_is_recorded_and_counted(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    [batch_id] = planned(engine, 5)

    def script(envelope: Envelope) -> Outcome:
        if envelope.delivery_id == 5:
            taken_back(engine, clock)
        return Refused(550, "5.1.1", "nobody") if envelope.delivery_id == 1 else Accepted(250, "", "ok")

    transport._script = script
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 4, "rejected": 1}
    with engine.database.read() as session:
        batch = session.get_one(Batch, batch_id)
    assert (batch.answered, batch.refused) == (5, 1)


def test_after_the_machine_went_down_nothing_is_said_to_be_unsent(engine: Engine, transport: MemoryTransport) -> None:
    def script(envelope: Envelope) -> Outcome:
        if envelope.delivery_id == 3:
            raise KeyboardInterrupt  # as a kill would: nothing that follows is run
        return Accepted(250, "2.0.0", "ok")

    transport._script = script
    [batch_id] = planned(engine, 5)
    with pytest.raises(KeyboardInterrupt):
        engine.sender.send_batch(batch_id)
    [path] = engine.settings.journal.glob("*.journal")
    path.write_bytes(b"\0" * path.stat().st_size)  # as a file system brings back what never reached the disk
    engine.sweeper.sweep_journals()
    assert states(engine.database) == {"uncertain": 5}
