"""What machines that watch are told of sending agrees with the rows, and costs as little when there are many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, event, insert, select, text, update

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import measuring
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown
from newsletter.model import Batch, Issue, Subscriber
from newsletter.model.states import BatchState
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}


def begun(engine: Engine, readers: int = 30) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers, "gmail.com")
    add_issue(engine.database, engine.clock, publication)
    engine.tick()
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def told(engine: Engine, **settings: object) -> dict[str, float]:
    """What is measured, by a short name with its labels, without the zeros."""
    wanted = Settings(**{**engine.settings.model_dump(), **settings}, _env_file=None)
    found = measuring.measure(engine.database, clock=engine.clock, settings=wanted)
    assert len({each[:2] for each in found}) == len(found), "no series twice"
    names = {" ".join((each.family.name.removeprefix("newsletter_"), *each.labels)): each.number for each in found}
    assert all(number >= 0 for number in names.values())
    return {name: number for name, number in names.items() if number}


def test_nothing_is_told_of_a_quiet_house_but_that_it_is_quiet(engine: Engine) -> None:
    assert told(engine) == {}


def test_outcomes_are_counted_by_state_and_group_of_receivers_as_the_rows_say(
    engine: Engine, transport: MemoryTransport
) -> None:
    [batch] = begun(engine, 9)
    with engine.database.write() as session:
        ids = list(session.scalars(select(Subscriber.id).order_by(Subscriber.id)))
        session.execute(update(Subscriber).where(Subscriber.id.in_(ids[5:])).values(domain="yahoo.co.jp"))
        kept_counts.recount(session, session.scalars(select(Batch.issue_id)).one())
    answers: list[Outcome] = [
        Accepted(250, "", "ok"), Accepted(250, "", "ok"), Refused(550, "5.1.1", "no such user"), Deferred(451, "4.3.0", "later"), Unknown("cut"),
    ]  # fmt: skip

    def script(envelope: Envelope) -> Outcome:
        return answers[(envelope.delivery_id - 1) % 5]

    transport._script = script
    engine.sender.send_batch(batch)
    counted: Counter[str] = Counter()
    for name, number in told(engine).items():
        if name.startswith("deliveries_total"):
            counted[name.split()[1]] += int(number)
    assert counted == states(engine.database)
    assert {name.split()[2] for name in told(engine) if name.startswith("deliveries_total")} == {"gmail", "yahoo"}
    assert told(engine)["deliveries_total submitted gmail"] == 2


def test_who_may_no_longer_be_mailed_and_whom_a_cancelled_issue_skips_are_counted(engine: Engine) -> None:
    first, *_ = begun(engine)
    with engine.database.write() as session:
        session.execute(
            text("UPDATE subscriptions SET state = 'unsubscribed' WHERE id IN (SELECT min(id) FROM subscriptions)")
        )
    engine.sender.send_batch(first)
    assert told(engine)["deliveries_total skipped gmail"] == 1
    Control(engine.database, engine.clock).cancel(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    assert told(engine)["deliveries_total skipped "] == 20
    Control(engine.database, engine.clock).drop_cancelled()
    assert told(engine)["deliveries_total skipped "] == 20, "once"


def test_what_a_journal_tells_after_a_kill_is_counted_once(engine: Engine) -> None:
    first, *_ = begun(engine)
    claim = engine.claims.claim(first)
    recipients = engine.sender._open(claim)
    with (
        pytest.raises(KeyboardInterrupt),
        Journal(engine.settings.journal, claim.batch.id, claim.batch.fence) as journal,
    ):
        for recipient in recipients[:4]:
            journal.wrote(recipient.delivery_id)
            journal.heard(recipient.delivery_id, Accepted(250, "", "ok"))
        raise KeyboardInterrupt
    for _ in range(2):
        engine.sweeper.sweep_journals()
        assert told(engine)["deliveries_total submitted "] == 4


def test_open_batches_are_told_by_publication_and_by_what_they_wait_for(
    engine: Engine, clock: SettableClock, transport: MemoryTransport
) -> None:
    first, second, _ = begun(engine)
    assert told(engine)["deliveries_open daily due"] == 30
    assert told(engine)["batches_open daily due"] == 3
    transport._script = lambda _: Deferred(451, "4.3.0", "later")
    engine.sender.send_batch(first)
    clock.advance(7)
    assert engine.claims.claim(second)
    found = told(engine)
    assert [found[f"deliveries_open daily {word}"] for word in ("due", "later", "claimed")] == [10, 10, 10]
    assert (found["oldest_due_seconds"], found["oldest_open_seconds"]) == (7, 7)
    assert found["issues daily sending"] == 1
    clock.advance(61)
    assert told(engine)["claims_expired"] == 1
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    found = told(engine)
    assert found["deliveries_open daily paused"] == 20 and found["issues daily paused"] == 1
    assert "oldest_due_seconds" not in found, "nobody is to take what is paused"
    assert "issues_tripped daily" not in found, "an editor paused it"


def test_an_issue_that_paused_by_itself_is_told_apart(engine: Engine) -> None:
    begun(engine)
    with engine.database.read() as session:
        issue_id = session.scalar(select(Issue.id))
    assert engine.judge.stop(issue_id, "10 of 10 complained")
    assert told(engine)["issues_tripped daily"] == 1
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    assert "issues_tripped daily" not in told(engine)


def test_an_issue_whose_moment_has_gone_by_is_late_after_a_minute(engine: Engine, clock: SettableClock) -> None:
    publication = add_publication(engine.database, clock)
    add_issue(engine.database, clock, publication)
    clock.advance(60)
    assert (told(engine)["schedule_lag_seconds"], "issues_late" in told(engine)) == (60, False)
    clock.advance(1)
    assert (told(engine)["schedule_lag_seconds"], told(engine)["issues_late"]) == (61, 1)
    engine.tick()
    assert {"schedule_lag_seconds", "issues_late"} & set(told(engine)) == set()


def test_brakes_and_limits_in_force_are_told(engine: Engine, clock: SettableClock) -> None:
    gate = engine.throttle.gate
    engine.throttle.slow_down("gmail", 30)
    with gate.passing() as passage:
        passage.refuse("530 5.7.0 Authentication required")
    found = told(engine, messages_per_second=50, group_rates="gmail=5", messages_per_day=1000)
    assert found["brake_shut_seconds memory gmail"] == 30
    assert found["brake_shut_seconds memory way out"] == 60
    assert (found["brake_failures memory way out"], found["way_out_refused memory"]) == (1, 1)
    assert (found["pace_limit_per_second  set"], found["pace_limit_per_second gmail set"]) == (50, 5)
    assert found["day_limit_messages"] == 1000
    clock.advance(60)
    with gate.passing() as passage:
        passage.worked = True
    assert {name for name in told(engine) if "brake" in name or "refused" in name} == set(), "told as open, with zeros"


def test_publications_beyond_the_largest_are_told_together(engine: Engine, clock: SettableClock) -> None:
    for number in range(measuring.MOST_PUBLICATIONS + 3):
        add_issue(engine.database, clock, add_publication(engine.database, clock, f"letter-{number}"))
    found = {name: number for name, number in told(engine).items() if name.startswith("issues ")}
    assert len(found) == measuring.MOST_PUBLICATIONS + 1
    assert found[f"issues {measuring.OTHERS} scheduled"] == 3


# --- what it costs


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_as_many_statements_are_asked_of_a_full_ledger_as_of_an_empty_one_and_none_over_deliveries(
    engine: Engine,
) -> None:
    with statements(engine.database) as empty:
        told(engine)
    begun(engine, 300)
    for number in range(5):
        add_issue(engine.database, engine.clock, add_publication(engine.database, engine.clock, f"p{number}"))
    engine.tick()
    with statements(engine.database) as full:
        told(engine)
    assert full == empty
    assert not any(re.search(r"\b(deliveries|attempts|applied_reports|subscribers|events)\b", each) for each in full)


def test_batches_and_issues_that_have_ended_are_not_read(engine: Engine, clock: SettableClock) -> None:
    begun(engine, 10)
    with engine.database.write() as session:
        [batch] = session.scalars(select(Batch)).all()
        row = {c.name: getattr(batch, c.name) for c in Batch.__table__.columns if c.name != "id"}
        session.execute(insert(Batch), [{**row, "state": BatchState.DONE} for _ in range(5000)])
        if engine.database.is_postgresql:
            session.execute(text("ANALYZE batches"))
    with statements(engine.database) as asked:
        told(engine)
    [statement] = [each for each in asked if "sum(" in each and "batches" in each]
    assert "ix_batches_state" in plan_of(engine.database, statement)
    with engine.database.write() as session:
        session.execute(delete(Batch).where(Batch.state == BatchState.DONE))  # they were of deliveries that others hold


def plan_of(database: Database, statement: str) -> str:
    """How the database reads a statement, whose parameters are those of one that ran."""
    with database.read() as session:
        seen: list[tuple[str, object]] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _k, s, p, *_: seen.append((s, p)))
        measuring.store.open_batches(session, SettableClock().now())
        asked, parameters = seen[-1]
        assert asked == statement
        word = "EXPLAIN" if database.is_postgresql else "EXPLAIN QUERY PLAN"
        rows = session.connection().exec_driver_sql(f"{word} {asked}", parameters).all()
    return "\n".join(str(row) for row in rows)
