"""After a crash nothing is lost, nothing is doubled, and what cannot be known is named."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from newsletter.clock import SettableClock
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.delivery.reopening import Settling
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown
from newsletter.model import Attempt, Batch, Issue, Publication
from newsletter.model.states import BatchState
from newsletter.store.delivery.circuit_breaker import Answers, answers_of
from newsletter.store.delivery.progress import RESENDS
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.kept_counts import put
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue


class Killed(BaseException):
    """Ends a send as a kill would: nothing that follows is run."""


def planned(engine: Engine, readers: int = 10) -> int:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    plan_due(engine.database, clock=engine.clock, batch_size=10)
    with engine.database.read() as session:
        return session.scalars(select(Batch.id)).one()


def die_after(transport: MemoryTransport, messages: int) -> None:
    """Let the worker die after so many messages were accepted, with one more written and not heard of."""
    seen: list[Envelope] = []

    def script(envelope: Envelope) -> Outcome:
        seen.append(envelope)
        if len(seen) > messages:
            raise Killed
        return Accepted(250, "2.0.0", "ok")

    transport._script = script


def run_and_die(engine: Engine, batch_id: int) -> None:
    with pytest.raises(Killed):
        engine.sender.send_batch(batch_id)
    engine.claims._held.clear()


def test_the_journal_settles_what_was_heard_and_requeues_what_was_never_written(
    engine: Engine, transport: MemoryTransport
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    assert states(engine.database) == {"submitting": 10}

    engine.sweeper.sweep_journals()

    assert states(engine.database) == {"submitted": 4, "uncertain": 1, "queued": 5}
    transport._script = None
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 9, "uncertain": 1}
    assert len({e.rcpt_to for e in transport.envelopes}) == 9 == len(transport.envelopes)


def test_without_a_journal_all_that_was_being_sent_is_uncertain_once_the_lease_runs_out(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    for path in engine.settings.journal.iterdir():
        path.unlink()
    assert engine.sweeper.take_back_expired() == 0
    clock.advance(61)
    assert engine.sweeper.take_back_expired() == 1
    assert states(engine.database) == {"uncertain": 10}


def test_a_journal_found_late_still_settles_what_the_lease_called_uncertain(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    clock.advance(61)
    engine.sweeper.take_back_expired()

    engine.sweeper.sweep_journals()

    assert states(engine.database) == {"submitted": 4, "uncertain": 1, "queued": 5}
    transport._script = None
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 9, "uncertain": 1}


def test_an_old_holder_cannot_overwrite_what_a_new_one_wrote(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    stale = engine.claims.claim(batch_id)
    assert stale is not None
    recipients = engine.sender._open(stale)
    clock.advance(61)
    engine.sweeper.take_back_expired()
    with engine.database.write() as session:
        put(session, state="queued")
        session.execute(update(Batch).values(state=BatchState.WAITING, due_at=clock.now()))
    engine.sender.send_batch(batch_id)
    engine.sender._record(stale, recipients, {}, clock.now(), moments={})
    assert states(engine.database) == {"submitted": 10}
    assert stale.stopped


def test_uncertain_deliveries_are_held_by_default_and_resent_by_hand(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    transport._script = None
    engine.sweeper.sweep_journals()
    for _ in range(3):
        clock.advance(600)
        engine.tick()
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 9, "uncertain": 1}

    Control(engine.database, clock).resend(id_of_issue(engine.database, "first", "daily"), uncertain=True, by=OPERATOR)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 10}


def resending(engine: Engine) -> None:
    with engine.database.write() as session:
        session.execute(update(Publication).values(uncertain="resend"))


def test_under_the_policy_resend_an_issue_is_not_done_before_what_is_uncertain_was_sent_again(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine)
    resending(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    transport._script = None
    engine.sweeper.sweep_journals()
    engine.sender.send_batch(batch_id)
    engine.tick()
    assert states(engine.database) == {"submitted": 9, "uncertain": 1}
    with engine.database.read() as session:
        assert session.scalars(select(Issue.state)).one() == "sending"
    clock.advance(2 * engine.settings.lease_seconds + 1)
    engine.tick()
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 10}
    engine.tick()
    with engine.database.read() as session:
        assert session.scalars(select(Issue.state)).one() == "sent"


@pytest.mark.parametrize(
    ("publication", "setting", "again"),
    [("", "hold", False), ("", "resend", True), ("hold", "resend", False), ("resend", "hold", True)],
)
def test_the_policy_of_a_publication_goes_before_that_of_the_settings(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, publication: str, setting: str, again: bool
) -> None:
    engine = rewired(engine, settings=engine.settings.model_copy(update={"uncertain": setting}))
    batch_id = planned(engine, 1)
    with engine.database.write() as session:
        session.execute(update(Publication).values(uncertain=publication))
    transport._script = lambda _: Unknown("the connection was lost")
    engine.sender.send_batch(batch_id)
    transport._script = None
    clock.advance(2 * engine.settings.lease_seconds + 1)
    engine.tick()
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == ({"submitted": 1} if again else {"uncertain": 1})


def test_a_server_that_never_answers_is_sent_three_copies_at_most(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine, 1)
    resending(engine)
    copies: list[Envelope] = []

    def script(envelope: Envelope) -> Outcome:
        copies.append(envelope)
        return Unknown("the connection was lost")

    transport._script = script
    for _ in range(10):
        engine.sender.send_batch(batch_id)
        clock.advance(2 * engine.settings.lease_seconds + 1)
        engine.tick()
    assert len(copies) == 1 + RESENDS
    assert states(engine.database) == {"uncertain": 1}
    with engine.database.read() as session:
        assert session.scalars(select(Issue.state)).one() == "sent"


def test_stale_news_is_not_sent_again_by_policy(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batch_id = planned(engine, 1)
    resending(engine)
    transport._script = lambda _: Unknown("the connection was lost")
    engine.sender.send_batch(batch_id)
    transport._script = None
    clock.advance(25 * 3600)
    engine.tick()
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"uncertain": 1}


def answers(engine: Engine) -> Answers:
    with engine.database.read() as session:
        return answers_of(session, session.scalars(select(Issue.id)).one())


@pytest.mark.parametrize("lease_ran_out", [False, True], ids=["lease runs", "lease ran out"])
def test_what_a_journal_tells_is_judged_like_what_a_worker_heard_and_once_only(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, lease_ran_out: bool
) -> None:
    said = [
        Accepted(250, "2.0.0", "ok"),
        Refused(550, "5.1.1", "5.1.1 there is no such mailbox here"),
        Refused(550, "5.7.1", "5.7.1 message rejected due to local policy"),
        Deferred(451, "4.3.0", "later"),
    ]
    seen: list[Envelope] = []

    def script(envelope: Envelope) -> Outcome:
        seen.append(envelope)
        if len(seen) > 8:
            raise Killed
        return said[len(seen) % 4]

    batch_id = planned(engine)
    transport._script = script
    run_and_die(engine, batch_id)
    if lease_ran_out:
        clock.advance(61)
        engine.sweeper.take_back_expired()
        with engine.database.write() as session:  # and another worker has the batch already
            session.execute(update(Batch).values(state=BatchState.CLAIMED, fence=Batch.fence + 1))
    [path] = engine.settings.journal.iterdir()
    kept = path.read_bytes()
    engine.sweeper.sweep_journals()
    assert answers(engine) == Answers(answered=6, refused=4, policy=2)
    attempts = tries(engine)

    path.write_bytes(kept)  # the sweeper died before it had removed the file
    assert engine.sweeper.sweep_journals() == 1
    assert answers(engine) == Answers(answered=6, refused=4, policy=2)
    assert tries(engine) == attempts


def tries(engine: Engine) -> int:
    with engine.database.read() as session:
        return session.scalar(select(func.count()).select_from(Attempt)) or 0


def test_when_the_ledger_is_lost_while_sending_the_journal_keeps_the_outcomes(
    engine: Engine, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.delivery.sending import Sender
    from newsletter.errors import StoreError

    batch_id = planned(engine)

    def gone(*_: object, **__: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "_record", gone)
        with pytest.raises(StoreError):
            engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitting": 10}
    engine.sweeper.sweep_journals()
    assert states(engine.database) == {"submitted": 10}
    assert len(transport.envelopes) == 10


def test_a_journal_of_a_live_worker_is_left_alone(engine: Engine, transport: MemoryTransport) -> None:
    with Journal(engine.settings.journal, planned(engine), 1):
        assert engine.sweeper.sweep_journals() == 0


def test_what_a_damaged_journal_does_not_tell_is_uncertain(engine: Engine, transport: MemoryTransport) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    [path] = engine.settings.journal.iterdir()
    path.write_bytes(path.read_bytes().replace(b"S 3\n", b"S ?\n", 1).replace(b"A 3 ", b"A ? ", 1))
    assert engine.sweeper.sweep_journals() == 1
    assert states(engine.database) == {"submitted": 3, "uncertain": 7}


def test_a_journal_that_cannot_be_replayed_keeps_no_other_from_it(
    engine: Engine, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    die_after(transport, 4)
    run_and_die(engine, batch_id)
    Journal(engine.settings.journal, 0, 1).close(recorded=False)
    settle_late = Settling.settle_late

    def fail_for_the_first(settling: Settling, session: object, number: int, *args: object, **values: object) -> int:
        if number == 0:
            raise ValueError("a bug")
        return settle_late(settling, session, number, *args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Settling, "settle_late", fail_for_the_first)
    assert engine.sweeper.sweep_journals() == 1
    assert states(engine.database) == {"submitted": 4, "uncertain": 1, "queued": 5}
    assert [path.name for path in engine.settings.journal.iterdir()] == ["0-1.journal"]
