"""Whatever is limited, no reader is lost, none gets two, and nobody waits for another's limit."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock, SystemClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.pace.throttling import Share, Throttle, throttle_of
from newsletter.delivery.planning import plan_due
from newsletter.delivery.progress import progress
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome
from newsletter.model import Batch
from newsletter.pacing import MemoryBuckets, RedisBuckets
from newsletter.store.database import Database
from newsletter.store.delivery.deliveries import Recipient
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from tests.parts.engines import make_engine, rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.lending import sqlite_ledger
from tests.parts.named import id_of_issue
from tests.parts.valkey import ValkeyServer

ISSUE = {"publication": "daily", "slug": "first"}
DOMAINS = {"gmail.com": 24, "yahoo.co.uk": 12, "readers.example": 24}


def limited(engine: Engine, **limits: Any) -> Engine:
    """The same engine under other limits."""
    given = engine.settings.model_dump() | {"batch_size": 20} | limits
    new = Settings(**given, _env_file=None)
    return rewired(engine, settings=new, buckets=MemoryBuckets(engine.clock))


def begun(engine: Engine, domains: dict[str, int] | None = None) -> None:
    """Plan an issue to readers of several domains, in an order that mixes them."""
    publication = add_publication(engine.database, engine.clock)
    for domain, count in (domains or DOMAINS).items():
        add_readers(engine.database, engine.clock, publication, count, domain)
    add_issue(engine.database, engine.clock, publication)
    plan_due(engine.database, clock=engine.clock, batch_size=engine.settings.batch_size)


def due(engine: Engine) -> list[int]:
    """Return the batches a scheduler would ring now, as if no bell had been rung before."""
    with engine.database.write() as session:
        session.execute(update(Batch).values(rung_at=None))
    engine.queue.broker.flush("batches")
    engine.tick()
    now = engine.clock.now()
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).where(Batch.rung_at == now).order_by(Batch.due_at, Batch.id)))


def send_due(*engines: Engine) -> int:
    """Let workers send everything that is due; return how many batches they were rung for."""
    batches = due(engines[0])
    for number, batch_id in enumerate(batches):
        engines[number % len(engines)].sender.send_batch(batch_id)
    return len(batches)


def sent(transport: MemoryTransport) -> Counter[str]:
    """Count what was accepted, by domain; fail when anybody got two."""
    assert len({e.rcpt_to for e in transport.envelopes}) == len(transport.envelopes)
    return Counter(e.rcpt_to.partition("@")[2] for e in transport.envelopes)


def test_without_limits_a_batch_goes_at_once_with_its_domains_interleaved(
    engine: Engine, transport: MemoryTransport
) -> None:
    engine = limited(engine, batch_size=60)
    begun(engine)
    assert not engine.throttle.limited
    send_due(engine)
    assert sent(transport) == DOMAINS
    order = [e.rcpt_to.partition("@")[2] for e in transport.envelopes]
    assert max(sum(d == "gmail.com" for d in order[n : n + 10]) for n in range(51)) <= 5
    assert engine.clock.monotonic() == 0.0, "nothing waited"


def test_a_slow_group_keeps_no_other_waiting(engine: Engine, transport: MemoryTransport, clock: SettableClock) -> None:
    engine = limited(engine, group_rates="gmail=2")
    begun(engine)
    while send_due(engine) and clock.monotonic() < 3:
        pass
    assert sent(transport)["yahoo.co.uk"] == 12
    assert sent(transport)["readers.example"] == 24
    assert sent(transport)["gmail.com"] <= 2 + 2 * clock.monotonic()
    while states(engine.database) != {"submitted": 60}:
        send_due(engine)
        assert sent(transport)["gmail.com"] <= 2 + 2 * clock.monotonic()
        clock.advance(0.5)
    assert clock.monotonic() < 20, "and the slow group itself goes as fast as it may"


def test_the_way_as_a_whole_has_its_limit_which_all_workers_share(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    engine = limited(engine, messages_per_second=5)
    other = rewired(engine)
    begun(engine)
    while states(engine.database) != {"submitted": 60}:
        send_due(engine, other)
        assert len(transport.envelopes) <= 5 + 5 * clock.monotonic()
        clock.advance(0.5)
    assert sent(transport) == DOMAINS
    assert clock.monotonic() < 60


def test_a_batch_that_must_wait_long_is_given_back_until_its_turn(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    engine = limited(engine, group_rates="gmail=0.01", batch_size=10)
    begun(engine, {"gmail.com": 20})
    send_due(engine)
    assert states(engine.database) == {"queued": 19, "submitted": 1}
    assert due(engine) == []
    with engine.database.read() as session:
        turns = [at - clock.now() for at in session.scalars(select(Batch.due_at).order_by(Batch.due_at))]
    assert [round(turn.total_seconds()) for turn in turns] == [100, 200]
    clock.advance(100)
    assert len(due(engine)) == 1


@pytest.mark.parametrize(
    ("per_second", "gmail", "per_day", "troubled"),
    [
        (0, 2, 0, ""),
        (3, 50, 0, "gmail.com"),
        (1, 0.5, 0, "readers.example"),
        (40, 2, 11, ""),
        (3, 0.5, 40, "gmail.com"),
    ],
)
def test_under_any_limits_every_reader_gets_one_message(
    tmp_path: Path,
    signer: Signer,
    per_second: float,
    gmail: float,
    per_day: int,
    troubled: str,
) -> None:
    database = sqlite_ledger(tmp_path / "ledger.db")
    clock, tries = SettableClock(), Counter[int]()

    def script(envelope: Envelope) -> Outcome:
        tries[envelope.delivery_id] += 1
        slow = envelope.rcpt_to.endswith(troubled or "nowhere") and tries[envelope.delivery_id] < 3
        return Deferred(421, "4.7.0", "too fast") if slow else Accepted(250, "", "ok")

    transport = MemoryTransport(script)
    given = Settings(
        data_dir=tmp_path,
        batch_size=20,
        messages_per_second=per_second,
        group_rates=f"gmail={gmail}",
        messages_per_day=per_day,
        max_age_hours=24 * 90,
        _env_file=None,
    )
    engine = make_engine(given, database, clock, signer, transport)
    few = {"gmail.com": 9, "yahoo.co.uk": 5, "readers.example": 9}
    begun(engine, few)
    for _ in range(500):
        if states(database) == {"submitted": 23}:
            break
        if not send_due(engine):
            clock.advance(0.5 if clock.monotonic() < 10 else 3600)
    assert states(database) == {"submitted": 23}
    assert sent(transport) == few
    if per_day:
        tried = sum(tries.values())
        assert tried <= per_day * ((clock.now() - datetime(2026, 1, 1, tzinfo=UTC)).days + 1)
    database.close()


def test_a_slow_start_waits_for_the_next_day_and_says_so(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    today = clock.now().date()
    engine = limited(engine, warm_up_start=today, warm_up_first=25, warm_up_growth=2)
    begun(engine)
    for _ in range(3):
        send_due(engine)
        clock.advance(1)
    assert states(engine.database) == {"submitted": 25, "queued": 35}
    assert due(engine) == []
    why = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).waiting_why
    assert "allowance of 25 messages" in why
    assert f"{today + timedelta(days=1)} 00:00:00 UTC" in why
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    clock.advance((midnight - clock.now()).total_seconds() - 1)
    assert due(engine) == []
    clock.advance(1)
    for _ in range(3):
        send_due(engine)
        clock.advance(1)
    assert states(engine.database) == {"submitted": 60}
    assert sent(transport) == DOMAINS
    assert progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).waiting_why == ""


@pytest.mark.parametrize("raised", [45, 0])
def test_a_limit_that_was_raised_opens_the_same_day(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, raised: int
) -> None:
    before = limited(engine, messages_per_day=25)
    begun(before)
    send_due(before)
    clock.advance(700)
    assert due(before) == []
    restarted = limited(engine, messages_per_day=raised)
    assert send_due(restarted)
    clock.advance(2)
    send_due(restarted)
    if raised:
        assert (
            "allowance of 45 messages"
            in progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).waiting_why
        )
        assert due(restarted) == [], "it is used up again"
    assert sum(sent(transport).values()) == (raised or 60)


@pytest.mark.parametrize("raised", [45, 0])
def test_a_limit_that_was_raised_is_felt_at_once_by_batches_that_were_given_back(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, raised: int
) -> None:
    before = limited(engine, messages_per_day=25)
    begun(before)
    send_due(before)
    clock.advance(5)
    assert due(before) == [], "they were given back for ten minutes"
    restarted = limited(engine, messages_per_day=raised)
    for _ in range(3):
        clock.advance(2)
        send_due(restarted)
    assert sum(sent(transport).values()) == (raised or 60)


def test_a_restart_under_the_same_limit_opens_nothing(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    begun(limited(engine, messages_per_day=25))
    send_due(limited(engine, messages_per_day=25))
    for limit in (25, 10):
        clock.advance(700)
        assert due(limited(engine, messages_per_day=limit)) == []
        assert (
            "allowance of 25"
            in progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).waiting_why
        )
    assert sum(sent(transport).values()) == 25


def test_a_way_that_is_down_uses_up_nothing_of_the_days_allowance(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def down(envelope: Envelope) -> Outcome:
        raise TransportError("connection refused", where="SMTP")

    engine = limited(engine, messages_per_day=30)
    begun(engine)
    transport._script = down
    for _ in range(5):
        send_due(engine)
        clock.advance(120)
    transport._script = None
    for _ in range(5):
        send_due(engine)
        clock.advance(120)
    assert states(engine.database) == {"submitted": 30, "queued": 30}


def test_a_group_that_says_slower_is_sent_less_and_the_others_as_before(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    busy = True

    def script(envelope: Envelope) -> Outcome:
        if busy and envelope.rcpt_to.endswith("@gmail.com"):
            return Deferred(421, "4.7.28", "unusual rate of mail from you")
        return Accepted(250, "", "ok")

    transport._script = script
    engine = limited(engine, batch_size=60)
    begun(engine)
    send_due(engine)
    assert states(engine.database) == {"submitted": 36, "deferred": 24}
    [(group, rate)] = engine.throttle.learner.rates().items()
    assert (group, rate) == ("gmail", 1.2), "nothing was taken: half of a tenth of what was tried"
    busy = False
    clock.advance(600)
    send_due(engine)
    assert 0 < states(engine.database)["deferred"] < 24
    for _ in range(100):
        clock.advance(1)
        send_due(engine)
    assert states(engine.database) == {"submitted": 60}


def test_what_a_provider_asks_holds_for_all_workers_and_ends_in_time(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    engine, other = limited(engine), limited(engine)
    begun(engine)
    other.throttle.slow_down("gmail", 60)
    send_due(engine)
    send_due(engine)
    assert sent(transport) == {"yahoo.co.uk": 12, "readers.example": 24}
    assert (
        "gmail asked us to wait"
        in progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).waiting_why
    )
    clock.advance(61)
    send_due(engine)
    assert sent(transport) == DOMAINS
    other.throttle.slow_down("memory", 60)
    clock.advance(1)
    assert engine.throttle.gate.room(9) == 0


def test_a_batch_that_waits_for_tokens_stops_when_it_is_no_longer_ours(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    engine = limited(engine, messages_per_second=1)
    begun(engine)
    asked: list[float] = []

    def stopped() -> bool:
        asked.append(clock.monotonic())
        return clock.monotonic() > 0.2

    assert engine.throttle.admit([(1, "gmail.com")], stopped).ids == {1}
    share = engine.throttle.admit([(2, "gmail.com")], stopped)
    assert share.ids == frozenset()
    assert share.not_before is not None
    assert clock.monotonic() < 0.3


@pytest.fixture
def two_processes(valkey: ValkeyServer, sqlite_database: Database) -> Iterator[tuple[Throttle, Throttle]]:
    """The throttles of two processes that share one Valkey and one ledger."""
    prefix, settings = f"test:{secrets.token_hex(4)}:", Settings(_env_file=None)
    buckets = [RedisBuckets(valkey.url, SystemClock(), prefix=prefix) for _ in range(2)]
    one, two = (throttle_of(settings, sqlite_database, SystemClock(), each, "smtp") for each in buckets)
    yield one, two
    for each in buckets:
        each.close()


def test_a_pace_that_one_process_learned_holds_for_two_in_sum(two_processes: tuple[Throttle, Throttle]) -> None:
    for throttle in two_processes:
        assert not throttle.limited
    clock, waiting = SystemClock(), [(n, "gmail.com") for n in range(1000)]
    heard = {n: Deferred(421, "4.7.28", "unusual rate") for n in range(100)}
    recipients = [Recipient(n, f"r{n}@gmail.com", "", "gmail.com", 0, True) for n in range(100)]
    two_processes[0].observe(recipients, heard, Share(clock.monotonic()))
    [(group, rate)] = two_processes[0].learner.rates().items()
    assert group == "gmail"
    for _ in range(200):  # a process looks once a second
        if two_processes[1].limited:
            break
        clock.sleep(0.05)
    began, got = clock.monotonic(), 0
    for _ in range(3):
        for throttle in two_processes:
            got += len(throttle.admit(waiting, lambda: True).ids or ())
    assert 1 <= got <= max(1.0, rate) + rate * (clock.monotonic() - began)
