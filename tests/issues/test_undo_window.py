"""What is sent now stays with us for the seconds of undo: who takes it back in them is sure that nobody got it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from newsletter.clock import SettableClock
from newsletter.delivery.planning import plan, plan_due
from newsletter.errors import ConflictError
from newsletter.issues.editing import Editing
from newsletter.issues.publishing import Publishing
from newsletter.model import Delivery, Issue
from newsletter.model.actor import SCHEDULER
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.parts.named import id_of_issue
from tests.parts.waiting import comes_true

READERS = 7


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft of a publication with readers, on each database."""
    add_readers(database, clock, add_publication(database), READERS)
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)


def _send(database: Database, clock: SettableClock, *, ahead: float = 0, undo_seconds: int = 30) -> None:
    Publishing(database, clock, RENDERER, SETTINGS.model_copy(update={"undo_seconds": undo_seconds})).schedule(
        id_of_issue(database, "2026-01-02", "tide"), clock.now() + timedelta(seconds=ahead), by=OPERATOR
    )


def _undo(database: Database, clock: SettableClock) -> None:
    Publishing(database, clock, RENDERER, SETTINGS).undo(id_of_issue(database, "2026-01-02", "tide"), by=OPERATOR)


def _plan_due(database: Database, clock: SettableClock) -> int:
    return sum(record.planned for record in plan_due(database, clock=clock, batch_size=10))


def _stands(database: Database) -> tuple[IssueState, int]:
    with database.read() as session:
        deliveries = session.scalar(select(func.count()).select_from(Delivery))
        return session.scalars(select(Issue.state)).one(), deliveries or 0


def test_sent_now_it_goes_out_when_the_window_ends(database: Database, clock: SettableClock, draft: Issue) -> None:
    _send(database, clock)
    clock.advance(29.9)
    assert _plan_due(database, clock) == 0
    clock.advance(0.1)
    assert _plan_due(database, clock) == READERS
    assert _stands(database) == (IssueState.SENDING, READERS)


@pytest.mark.parametrize(
    ("ahead", "goes_in"), [(-60, 30), (0, 30), (12, 30), (30, 30), (31, 31), (3600, 3600)], ids=str
)
def test_a_time_that_is_further_ahead_than_the_window_is_kept_to_the_second(
    sqlite_database: Database, clock: SettableClock, ahead: float, goes_in: float
) -> None:
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    _send(sqlite_database, clock, ahead=ahead)
    with sqlite_database.read() as session:
        assert session.scalars(select(Issue.scheduled_at)).one() == clock.now() + timedelta(seconds=goes_in)


def test_without_a_window_it_goes_at_once(database: Database, clock: SettableClock, draft: Issue) -> None:
    _send(database, clock, undo_seconds=0)
    assert _plan_due(database, clock) == READERS


def test_what_is_undone_at_the_last_moment_reaches_nobody(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    _send(database, clock)
    clock.advance(29.9)
    _undo(database, clock)
    clock.advance(3600)
    assert _plan_due(database, clock) == 0
    assert _stands(database) == (IssueState.DRAFT, 0)


def test_what_is_undone_and_sent_again_has_the_whole_window_again(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    _send(database, clock)
    clock.advance(29.9)
    _undo(database, clock)
    _send(database, clock)
    clock.advance(1)
    assert plan(database, clock=clock, issue_id=draft.id, batch_size=10) is None, "it was due, when somebody looked"
    clock.advance(29)
    assert _plan_due(database, clock) == READERS


def test_once_it_is_planned_it_is_too_late_and_said_so(database: Database, clock: SettableClock, draft: Issue) -> None:
    _send(database, clock)
    clock.advance(30)
    assert _plan_due(database, clock) == READERS
    with pytest.raises(ConflictError, match="sending") as refused:
        _undo(database, clock)
    assert "pause it" in refused.value.remedy


@pytest.mark.parametrize("race", range(6))
def test_of_undo_and_scheduler_at_the_same_moment_one_wins(
    database: Database, clock: SettableClock, draft: Issue, race: int
) -> None:
    _send(database, clock, undo_seconds=0)
    start, outcomes = threading.Barrier(3), {}

    def attempt(name: str, act: object) -> None:
        start.wait(10)
        try:
            outcomes[name] = act(database, clock)  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            outcomes[name] = error

    acts = {"undo": _undo, "scheduler": _plan_due, "another scheduler": _plan_due}
    threads = [threading.Thread(target=attempt, args=pair) for pair in acts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    planned = (outcomes["scheduler"], outcomes["another scheduler"])
    if outcomes["undo"] is None:
        assert planned == (0, 0)
        assert _stands(database) == (IssueState.DRAFT, 0)
    else:
        assert isinstance(outcomes["undo"], ConflictError), outcomes
        assert "pause it" in outcomes["undo"].remedy
        assert sorted(planned) == [0, READERS]
        assert _stands(database) == (IssueState.SENDING, READERS)


def test_an_undo_that_waits_for_a_planning_scheduler_is_told_that_it_is_too_late(
    postgres_database: Database, clock: SettableClock
) -> None:
    add_publication(postgres_database)
    Editing(postgres_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    _send(postgres_database, clock, undo_seconds=0)
    with postgres_database.read() as session:
        seen = session.scalars(select(Issue)).one()
    outcome: list[Exception] = []

    def attempt() -> None:
        try:
            _undo(postgres_database, clock)
        except ConflictError as error:
            outcome.append(error)

    undoing = threading.Thread(target=attempt)
    with postgres_database.write() as session:
        issues.move_as_seen(session, seen, IssueState.SENDING, by=SCHEDULER, at=clock.now(), values={})
        undoing.start()
        assert comes_true(lambda: _is_blocked(postgres_database))
    undoing.join(30)
    assert [type(error) for error in outcome] == [ConflictError]
    assert "sending" in str(outcome[0])


def _is_blocked(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
