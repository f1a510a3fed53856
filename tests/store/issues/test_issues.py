"""One function moves an issue: along the drawn moves only, by compare-and-swap, and with an entry that says by whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError
from newsletter.model import Issue
from newsletter.model.actor import SCHEDULER
from newsletter.model.states import ISSUE_ACTS, ISSUE_MOVES, IssueState
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.parts.ledger import add_issue, add_publication

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PAIRS = [(present, wanted) for present in IssueState for wanted in IssueState]


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    """An issue on each database."""
    return add_issue(database, clock, add_publication(database, clock))


def put(database: Database, issue: Issue, state: IssueState) -> None:
    with database.write() as session:
        session.get_one(Issue, issue.id).state = state


def move(database: Database, clock: SettableClock, issue: Issue, present: IssueState, wanted: IssueState) -> bool:
    with database.write() as session:
        values = {"paused_why": "a reason"}
        return issues.move(session, issue.id, present, wanted, by=SCHEDULER, at=clock.now(), values=values)


def entries(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as session:
        return [(entry.action, entry.old, entry.new) for entry in audit.page(session, limit=100)]


def test_every_drawn_move_is_made_and_written_down_and_no_other(
    database: Database, clock: SettableClock, issue: Issue
) -> None:
    for present, wanted in PAIRS:
        put(database, issue, present)
        known = len(entries(database))
        if (present, wanted) in ISSUE_ACTS:
            assert move(database, clock, issue, present, wanted)
            told = (ISSUE_ACTS[present, wanted], str(present), f"{wanted}: a reason")
            assert (entries(database)[0], len(entries(database))) == (told, known + 1)
        else:
            with pytest.raises(ConflictError):
                move(database, clock, issue, present, wanted)
            assert len(entries(database)) == known


def test_a_move_from_where_it_stands_no_more_is_none_and_not_written_down(
    database: Database, clock: SettableClock, issue: Issue
) -> None:
    put(database, issue, IssueState.SENT)
    assert not move(database, clock, issue, IssueState.SENDING, IssueState.PAUSED)
    with database.write() as session:
        late, at = Issue.scheduled_at > clock.now(), clock.now()
        put_back = (issue.id, IssueState.SENT, IssueState.SENDING)
        assert not issues.move(session, *put_back, by=SCHEDULER, at=at, only_if=late)
        assert session.get_one(Issue, issue.id).state is IssueState.SENT
    assert entries(database) == []


def test_the_words_of_moves_are_drawn_once() -> None:
    assert {(present, wanted) for present, moves in ISSUE_MOVES.items() for wanted in moves} == set(ISSUE_ACTS)


def test_no_other_statement_moves_an_issue() -> None:
    found = [place for path in sorted((ROOT / "newsletter").rglob("*.py")) for place in movers(path)]
    assert found == ["newsletter/store/issues/issues.py: move"]


def movers(path: Path) -> Iterator[str]:
    """Yield the functions of a file that update issues and set a state, or set the state of an issue they hold."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        source = ast.unparse(function)
        updates = "update(Issue)" in source and "state=" in source.replace("state==", "").replace("Issue.state ==", "")
        assigns = any(
            isinstance(node, ast.Assign) and any(ast.unparse(target) == "issue.state" for target in node.targets)
            for node in ast.walk(function)
        )
        if updates or assigns:
            yield f"{path.relative_to(ROOT)}: {function.name}"
