"""Who goes back to the queue after the batch was finished, or the issue sent, is still sent to."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery.claims import Claim
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import finish_sent
from newsletter.errors import ConflictError
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Unknown
from newsletter.model import Batch, Delivery, Issue
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.delivery import batches, progress
from newsletter.store.delivery.deliveries import Recipient
from newsletter.store.issues import issues
from newsletter.transports.memory import MemoryTransport
from tests.delivery.test_recovery import planned
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import put
from tests.parts.ledger import states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
OK = Accepted(250, "2.0.0", "ok")


def outlasted(engine: Engine, batch_id: int, clock: SettableClock) -> tuple[Claim, list[Recipient]]:
    """A worker that has marked a batch and sleeps until its lease was taken back."""
    claim = engine.claims.claim(batch_id)
    assert claim is not None
    recipients = engine.sender._open(claim)
    clock.advance(61)
    assert engine.sweeper.take_back_expired() == 1
    return claim, recipients


def record(engine: Engine, late: tuple[Claim, list[Recipient]], outcomes: dict[int, Outcome]) -> None:
    claim, recipients = late
    engine.sender._record(claim, recipients, outcomes, engine.clock.now(), moments={})


def issue(engine: Engine) -> Issue:
    with engine.database.read() as session:
        return session.scalars(select(Issue)).one()


def batch(engine: Engine) -> Batch:
    with engine.database.read() as session:
        return session.scalars(select(Batch)).one()


def test_whom_a_late_worker_never_wrote_to_is_sent_to_though_the_issue_was_sent(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    late = outlasted(engine, batch_id, clock)
    engine.tick()
    assert issue(engine).state == IssueState.SENT
    heard = {recipient.delivery_id: OK for recipient in late[1][:4]}

    record(engine, late, heard)

    assert states(engine.database) == {"submitted": 4, "queued": 6}
    assert (issue(engine).state, issue(engine).finished_at) == (IssueState.SENDING, None)
    engine.sender.send_batch(batch_id)
    engine.tick()
    assert states(engine.database) == {"submitted": 10}
    assert {e.delivery_id for e in transport.envelopes} == {r.delivery_id for r in late[1][4:]}
    assert issue(engine).state == IssueState.SENT


def test_what_a_late_worker_heard_put_off_is_tried_again_though_the_issue_was_sent(
    engine: Engine, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    late = outlasted(engine, batch_id, clock)
    engine.tick()
    record(engine, late, {r.delivery_id: Deferred(451, "4.3.0", "later") for r in late[1]})
    assert states(engine.database) == {"deferred": 10}
    assert issue(engine).state == IssueState.SENDING
    assert (batch(engine).state, batch(engine).due_at > clock.now()) == (BatchState.WAITING, True)
    clock.advance(3600)
    engine.tick()
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 10}


def test_a_journal_found_after_the_issue_was_sent_reopens_it(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    claim, recipients = outlasted(engine, batch_id, clock)
    engine.tick()
    assert issue(engine).state == IssueState.SENT
    journal = Journal(engine.settings.journal, batch_id, claim.batch.fence)
    journal.wrote(recipients[0].delivery_id)
    journal.heard(recipients[0].delivery_id, OK)
    journal.wrote(recipients[1].delivery_id)
    journal.close(recorded=False)

    engine.sweeper.sweep_journals()

    assert states(engine.database) == {"submitted": 1, "uncertain": 1, "queued": 8}
    assert (issue(engine).state, issue(engine).finished_at) == (IssueState.SENDING, None)
    engine.sender.send_batch(batch_id)
    engine.tick()
    assert states(engine.database) == {"submitted": 9, "uncertain": 1}
    assert issue(engine).state == IssueState.SENT


def test_a_late_worker_that_sent_all_leaves_the_issue_sent(engine: Engine, clock: SettableClock) -> None:
    late = outlasted(engine, planned(engine), clock)
    engine.tick()
    before = issue(engine).finished_at
    record(engine, late, {r.delivery_id: OK for r in late[1]})
    assert states(engine.database) == {"submitted": 10}
    assert (issue(engine).state, issue(engine).finished_at) == (IssueState.SENT, before)
    assert batch(engine).state == BatchState.DONE


def test_what_a_late_worker_does_not_know_stays_uncertain_and_is_noted_once(
    engine: Engine, clock: SettableClock
) -> None:
    late = outlasted(engine, planned(engine), clock)
    record(engine, late, {r.delivery_id: Unknown() for r in late[1]})
    assert states(engine.database) == {"uncertain": 10}
    with engine.database.read() as session:
        assert set(session.scalars(select(Delivery.attempts))) == {1}


def test_a_batch_that_waits_for_tomorrow_goes_now_when_a_late_worker_brings_readers_back(
    engine: Engine, clock: SettableClock
) -> None:
    late = outlasted(engine, planned(engine), clock)
    tomorrow = clock.now() + timedelta(days=1)
    with engine.database.write() as session:
        session.execute(update(Batch).values(state=BatchState.WAITING, due_at=tomorrow))
    record(engine, late, {})
    assert batch(engine).due_at == clock.now()


def test_a_paused_issue_stays_paused_and_sends_them_when_it_is_resumed(engine: Engine, clock: SettableClock) -> None:
    batch_id = planned(engine)
    late = outlasted(engine, batch_id, clock)
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    record(engine, late, {})
    assert issue(engine).state == IssueState.PAUSED
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 10}


@pytest.mark.parametrize("present", [BatchState.DONE, BatchState.CANCELLED])
def test_a_cancelled_issue_stays_cancelled_and_skips_them(
    engine: Engine, clock: SettableClock, present: BatchState
) -> None:
    late = outlasted(engine, planned(engine), clock)
    with engine.database.write() as session:
        session.execute(update(Batch).values(state=present))
    Control(engine.database, clock).cancel(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    record(engine, late, {})
    engine.tick()
    assert states(engine.database) == {"skipped": 10}
    assert issue(engine).state == IssueState.CANCELLED


def test_an_issue_is_not_sent_while_a_delivery_is_open_whatever_its_batches_say(
    engine: Engine, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    with engine.database.write() as session:
        session.execute(update(Batch).values(state=BatchState.DONE))
    assert finish_sent(engine.database, clock=clock) == []
    assert batch(engine).state == BatchState.WAITING, "and the batch goes on"
    engine.sender.send_batch(batch_id)
    assert len(finish_sent(engine.database, clock=clock)) == 1


def test_resending_by_hand_brings_a_waiting_batch_forward(engine: Engine, clock: SettableClock) -> None:
    outlasted(engine, planned(engine), clock)
    with engine.database.write() as session:
        tomorrow = clock.now() + timedelta(days=1)
        session.execute(update(Batch).values(state=BatchState.WAITING, due_at=tomorrow))
    assert (
        Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), uncertain=True, by=OPERATOR) == 10
    )
    assert batch(engine).due_at == clock.now()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite lets one write at a time
@pytest.mark.parametrize("held", [False, True], ids=["the issue is sent first", "the worker records first"])
def test_an_issue_that_is_being_finished_while_a_late_worker_records_is_sent_to_everyone(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """Each of the two begins while the other has not committed: one waits, and sees what the other did."""
    batch_id = planned(engine)
    late = outlasted(engine, batch_id, clock)
    both: list[threading.Thread] = []

    def other(work: object) -> None:
        thread = threading.Thread(target=work)  # type: ignore[arg-type]
        both.append(thread)
        thread.start()
        thread.join(0.5)

    if held:
        move = batches.next_due

        def next_due(*args: object) -> object:
            if not both:
                other(lambda: finish_sent(engine.database, clock=clock))
            return move(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(batches, "next_due", next_due)
        record(engine, late, {})
    else:
        finish = progress.finish_issue

        def finish_issue(*args: object, **values: object) -> bool:
            done = finish(*args, **values)  # type: ignore[arg-type]
            if not both:
                other(lambda: record(engine, late, {}))
            return done

        monkeypatch.setattr(progress, "finish_issue", finish_issue)
        finish_sent(engine.database, clock=clock)
    for thread in both:
        thread.join(10)
    engine.sender.send_batch(batch_id)
    finish_sent(engine.database, clock=clock)
    assert states(engine.database) == {"submitted": 10}
    assert issue(engine).state == IssueState.SENT


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite lets one write at a time
def test_who_is_brought_back_while_another_worker_ends_the_batch_is_not_left_behind(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    late = outlasted(engine, batch_id, clock)
    with engine.database.write() as session:
        four = [recipient.delivery_id for recipient in late[1][:4]]
        put(session, Delivery.id.in_(four), state=DeliveryState.QUEUED)
        session.execute(update(Batch).values(state=BatchState.WAITING, due_at=clock.now()))
    claim = engine.claims.claim(batch_id)
    assert claim is not None
    recipients = engine.sender._open(claim)
    Control(engine.database, clock).cancel(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    meanwhile = threading.Thread(target=lambda: record(engine, late, {}))
    look = batches.next_due

    def next_due(*args: object) -> object:
        found = look(*args)  # type: ignore[arg-type]
        if not meanwhile.ident:  # what the late worker does now, this look has not seen
            meanwhile.start()
            meanwhile.join(0.5)
        return found

    monkeypatch.setattr(batches, "next_due", next_due)
    record(engine, (claim, recipients), {recipient.delivery_id: OK for recipient in recipients})
    meanwhile.join(10)
    engine.tick()
    assert states(engine.database) == {"submitted": 4, "skipped": 6}


def test_resending_when_nothing_is_uncertain_leaves_a_sent_issue_sent(engine: Engine, clock: SettableClock) -> None:
    engine.sender.send_batch(planned(engine))
    engine.tick()
    with pytest.raises(ConflictError, match="nothing is uncertain"):
        Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), uncertain=True, by=OPERATOR)
    assert issue(engine).state == IssueState.SENT


def test_of_two_editors_who_move_an_issue_at_once_the_second_is_told_where_it_stands(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(engine)
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    both: list[threading.Thread] = []
    said: list[str] = []

    def cancel() -> None:
        try:
            Control(engine.database, clock).cancel(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
        except ConflictError as error:
            said.append(str(error))

    move = issues.move

    def moving(*args: object, **values: object) -> bool:
        if not both:
            both.append(threading.Thread(target=cancel))
            both[0].start()
            both[0].join(0.3)
        return move(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(issues, "move", moving)
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    both[0].join(10)
    assert (said, issue(engine).state) == ([], IssueState.CANCELLED), "the second decides by what the first left"
