"""A learned pace that holds readers back stands in status, with group, pace and since; and nowhere once it is let go."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.measuring import PACE, measure
from newsletter.delivery.pace.adaptive import Learner
from newsletter.delivery.pace.notes import PaceNotes, Slowed, slowed
from newsletter.delivery.progress import progress
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome
from newsletter.model import Batch
from newsletter.pacing import FORGOTTEN_AFTER, RedisBuckets
from newsletter.store.database import Database
from newsletter.transports.memory import MemoryTransport
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.named import id_of_issue
from tests.parts.valkey import ValkeyServer

ISSUE = {"publication": "daily", "slug": "first"}


def seen(database: Database, clock: SettableClock) -> tuple[Slowed, ...]:
    with database.read() as session:
        return slowed(session, clock.now())


def test_status_says_the_group_the_pace_and_since_when_in_words_and_for_machines(
    engine: Engine, clock: SettableClock, transport: MemoryTransport
) -> None:
    def too_fast(envelope: Envelope) -> Outcome:
        return Deferred(421, "4.7.0", "too fast") if envelope.delivery_id % 2 else Accepted(250, "", "ok")

    publication = add_publication(engine.database, clock)
    add_readers(engine.database, clock, publication, 30, "gmail.com")
    add_issue(engine.database, clock, publication)
    engine.tick()
    transport._script = too_fast
    with engine.database.read() as session:
        first = session.scalars(select(Batch.id).order_by(Batch.id)).first()
    engine.sender.send_batch(first)
    found = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    rate = engine.throttle.learner.rates()["gmail"]
    assert found.slowed == (Slowed("gmail", rate, clock.now()),)
    assert f"mail to gmail goes at {rate:.1f} a second since 2026-01-01 " in found.slowed_why
    [plain] = json.loads(json.dumps(found.as_dict()))["slowed"]
    assert plain == {"group": "gmail", "rate_per_second": rate, "since": clock.now().isoformat()}
    assert PACE.of(rate, "gmail", "learned") in measure(engine.database, clock=clock, settings=engine.settings)


def test_since_is_when_it_began_and_a_pace_that_was_let_go_or_forgotten_begins_anew(
    database: Database, clock: SettableClock
) -> None:
    notes, began = PaceNotes(database, clock, "smtp"), clock.now()
    notes.note("gmail", 5.0)
    clock.advance(600)
    notes.note("gmail", 6.0)
    notes.note("other", 0.1)
    assert [(each.group, each.rate_per_second, each.since) for each in seen(database, clock)] == [
        ("other", 0.1, clock.now()),
        ("gmail", 6.0, began),
    ]
    notes.note("gmail", None)
    assert [each.group for each in seen(database, clock)] == ["other"]
    clock.advance(FORGOTTEN_AFTER + 1)
    assert seen(database, clock) == ()
    notes.note("other", 2.0)
    assert [each.since for each in seen(database, clock)] == [clock.now()]


def test_what_an_ended_process_learned_for_itself_alone_is_forgotten_when_the_next_begins(engine: Engine) -> None:
    notes = engine.throttle.notes
    notes.note("gmail", 5.0)
    PaceNotes(engine.database, engine.clock, "another").note("gmail", 7.0)
    engine.throttle.begin()
    assert [each.rate_per_second for each in seen(engine.database, engine.clock)] == [7.0]


def test_of_two_processes_that_share_one_notes_the_change_and_what_stands_is_what_both_keep_to(
    valkey: ValkeyServer, database: Database, clock: SettableClock
) -> None:
    valkey.flush()
    written: list[float | None] = []
    notes = PaceNotes(database, clock, "smtp")

    def note(group: str, rate: float | None) -> None:
        written.append(rate)
        notes.note(group, rate)

    buckets = [RedisBuckets(valkey.url, clock) for _ in range(2)]
    one, other = (Learner(clock, each.shared_paces("smtp"), note) for each in buckets)
    one.learn({"gmail": (20, 10)}, clock.monotonic())
    other.learn({"gmail": (20, 14)}, clock.monotonic())  # the same trouble, heard later: it changes nothing any more
    clock.advance(2)
    assert one.rates() == other.rates()
    assert written == [seen(database, clock)[0].rate_per_second] == [one.rates()["gmail"]]
    for each in buckets:
        each.close()


def test_a_ledger_that_is_away_costs_the_note_and_nothing_else(
    clock: SettableClock, sqlite_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    learner = Learner(clock, None, PaceNotes(gone, clock, "smtp").note)
    learner.learn({"gmail": (20, 10)}, clock.monotonic())
    assert learner.rates()["gmail"] > 0
    assert "cannot note a pace" in capsys.readouterr().out
    PaceNotes(gone, clock, "smtp").begin()
    gone.close()
