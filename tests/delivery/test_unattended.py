"""Nobody works on an issue that is due: said when it is so, with who was there last and the remedy, and not said when it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.unattended import absence, nobody_works
from newsletter.model import Issue
from newsletter.model.states import IssueState
from tests.delivery.test_progress import ISSUE, begun, seen
from tests.parts.actors import OPERATOR
from tests.parts.beating import add_sign, make_older, name_of_the_dead
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.named import id_of_issue


def why(engine: Engine) -> str | None:
    return nobody_works(engine.database, clock=engine.clock)


def attended(engine: Engine, clock: SettableClock) -> None:
    """An issue is being sent, and both a worker and a scheduler give signs of life."""
    begun(engine)
    add_sign(engine.database, clock, "worker", "one:1:0:0.1")
    add_sign(engine.database, clock, "scheduler", "one:2:0:0.1")
    clock.advance(40)
    engine.tick()
    if not engine.database.is_postgresql:  # there the clock that tells the ages of signs stands still
        make_older(engine.database, -40)


def test_nobody_is_missed_while_a_worker_and_a_scheduler_live(engine: Engine, clock: SettableClock) -> None:
    attended(engine, clock)
    assert why(engine) is None
    assert (seen(engine).nobody_works, seen(engine).senders) == ("", 1)


@pytest.mark.parametrize("role", ["worker", "scheduler"])
@pytest.mark.parametrize("others", [0, 2])
def test_with_the_last_of_a_role_gone_it_is_said_who_that_was(
    engine: Engine, clock: SettableClock, role: str, others: int
) -> None:
    attended(engine, clock)
    for number in range(others):
        add_sign(engine.database, clock, role, f"other:{number}:0:0.1")
    clock.advance(20)  # the lease of the scheduler runs out
    if not engine.database.is_postgresql:
        make_older(engine.database, -20)
    make_older(engine.database, 25, role)
    assert why(engine) is None, "it may only be slow"
    clock.advance(25)
    if not engine.database.is_postgresql:
        make_older(engine.database, -25)
    make_older(engine.database, 10, role)
    said = why(engine) or ""
    assert said.startswith(f"the issue first is due, and no {role} is at work; the last was ")
    assert "no sign since 20" in said
    assert said.endswith(f"see that `newsletter {role}` runs, or `newsletter serve` where there is no Redis")
    assert seen(engine).nobody_works == seen(engine).waiting_why == said
    add_sign(engine.database, clock, role, "new:9:0:0.1")
    assert why(engine) is None
    assert "the last was" not in seen(engine).nobody_works


def test_one_who_ended_politely_and_one_who_was_killed_are_missed_after_the_same_while(
    engine: Engine, clock: SettableClock
) -> None:
    attended(engine, clock)
    make_older(engine.database, 60, "worker")
    engine.worker_pulse.beat()
    engine.worker_pulse.end()
    assert why(engine) is None, "it may be starting anew"
    assert seen(engine).senders == 0
    make_older(engine.database, 31, "worker")
    assert ", ended 20" in (why(engine) or "")
    add_sign(engine.database, clock, "worker", name_of_the_dead())
    assert why(engine) is None
    make_older(engine.database, 31, "worker")
    assert "it has ended without a word, its last sign 20" in (why(engine) or "")


@pytest.mark.parametrize("role", ["worker", "scheduler"])
def test_those_who_live_and_cannot_work_are_named_with_their_trouble(
    engine: Engine, clock: SettableClock, role: str
) -> None:
    attended(engine, clock)
    make_older(engine.database, 60, role)
    add_sign(engine.database, clock, role, "full:5:0:0.1", trouble="the disk is full")
    assert f"no {role} can work: full:5 says: the disk is full" in (why(engine) or "")
    add_sign(engine.database, clock, role, "more:5:0:0.1", trouble="no DNS")
    assert "(and 1 more)" in (why(engine) or "")


def test_one_in_trouble_beside_one_who_works_is_nobodys_alarm(engine: Engine, clock: SettableClock) -> None:
    attended(engine, clock)
    add_sign(engine.database, clock, "worker", "full:5:0:0.1", trouble="the disk is full")
    assert why(engine) is None
    assert seen(engine).senders == 1


STILL: dict[str, Callable[[Engine], object]] = {
    "paused": lambda engine: Control(engine.database, engine.clock).pause(
        id_of_issue(engine.database, **ISSUE), by=OPERATOR
    ),
    "cancelled": lambda engine: Control(engine.database, engine.clock).cancel(
        id_of_issue(engine.database, **ISSUE), by=OPERATOR
    ),
    "draft": lambda engine: _put(engine, IssueState.DRAFT),
    "sent": lambda engine: _put(engine, IssueState.SENT),
}


@pytest.mark.parametrize("state", STILL)
def test_with_nothing_due_nobody_is_missed(engine: Engine, clock: SettableClock, state: str) -> None:
    attended(engine, clock)
    make_older(engine.database, 3600)
    assert why(engine)
    STILL[state](engine)
    assert why(engine) is None
    assert seen(engine).nobody_works == ""


def _put(engine: Engine, state: IssueState) -> None:
    with engine.database.write() as session:
        session.execute(update(Issue).values(state=state))


def test_an_issue_whose_moment_has_not_come_misses_nobody(engine: Engine, clock: SettableClock) -> None:
    publication = add_publication(engine.database, clock)
    add_readers(engine.database, clock, publication, 5)
    add_issue(engine.database, clock, publication)
    with engine.database.write() as session:
        session.scalars(select(Issue)).one().scheduled_at = clock.now() + timedelta(hours=1)
    add_sign(engine.database, clock, "scheduler")
    make_older(engine.database, 120)
    assert why(engine) is None
    clock.advance(3640)
    assert "no scheduler is at work" in (why(engine) or "")


def test_where_nobody_ever_gave_a_sign_it_is_said_after_a_minute(engine: Engine, clock: SettableClock) -> None:
    publication = add_publication(engine.database, clock)
    add_readers(engine.database, clock, publication, 5)
    add_issue(engine.database, clock, publication)
    assert why(engine) is None
    clock.advance(61)
    assert "no scheduler has been at work for a minute" in (why(engine) or "")
    engine.tick()
    assert why(engine) is None
    clock.advance(61)
    engine.tick()
    found = absence(engine.database, clock=clock)
    assert found is not None
    assert (found.what, found.remedy[:36]) == (
        "the issue first is due, and no worker has taken a batch for a minute",
        "see that `newsletter worker` runs an",
    )


def test_no_rate_and_no_time_left_are_told_once_the_workers_are_gone(engine: Engine, clock: SettableClock) -> None:
    first, *_ = begun(engine)
    add_sign(engine.database, clock, "worker", "one:1:0:0.1")
    clock.advance(5)
    engine.sender.send_batch(first)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds, seen(engine).senders) == (2.0, 10, 1)
    make_older(engine.database, 60)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds, seen(engine).senders) == (0.0, None, 0)
    assert seen(engine).pace == ""


def test_what_a_worker_with_a_clock_ahead_wrote_is_not_of_the_last_seconds(
    engine: Engine, clock: SettableClock
) -> None:
    first, *_ = begun(engine)
    clock.advance(3600)
    engine.sender.send_batch(first)
    clock.advance(-3000)
    assert (seen(engine).rate_per_second, seen(engine).eta_seconds) == (0.0, None)
    assert seen(engine).left == 20
