"""Two who assemble at the same moment, and one who is killed in the middle: each thing stands in the draft once, and nothing is half there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.issues.filling import Filling
from newsletter.model import Candidate, Issue
from newsletter.sources.assembling import AssembledIssue, Assembling
from newsletter.sources.showing_boards import ShownBoards
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.sources.test_assembling import DAY, Desk, desk_on

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    """A publication with a plan, on each database."""
    return desk_on(database, clock)


def rows(desk: Desk) -> tuple[int, set[int | None]]:
    """Return how many issues there are, and in which of them candidates stand."""
    with desk.database.read() as session:
        count = session.scalar(select(func.count()).select_from(Issue)) or 0
        return count, set(session.scalars(select(Candidate.issue_id)))


def both_at_once(desk: Desk) -> list[AssembledIssue]:
    """Assemble twice, each writing when the other one has looked, too."""
    both = threading.Barrier(2, timeout=60)

    class Together(Filling):
        def begin(self, *given: Any, **more: Any) -> Issue:
            both.wait()
            return super().begin(*given, **more)

        def add(self, *given: Any, **more: Any) -> Issue:
            both.wait()
            return super().add(*given, **more)

    tool = Assembling(
        desk.database, desk.clock, Together(desk.database, desk.clock), lambda *_: ShownBoards(desk.boards, ())
    )
    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(tool.assemble, desk.home.id, DAY, by=OPERATOR) for _ in range(2)]
        return [each.result(timeout=120) for each in running]


def test_two_who_assemble_at_the_same_moment_make_one_draft_with_each_thing_once(desk: Desk) -> None:
    desk.offer("a", "b")
    came = both_at_once(desk)
    assert sorted(each.added for each in came) == [0, 2]
    assert {each.issue_id for each in came} == {desk.draft.id}
    assert rows(desk) == (1, {desk.draft.id})
    assert desk.titles("wire") == ["a", "b"]


def test_two_who_put_more_into_a_draft_at_the_same_moment_put_each_thing_in_once(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    desk.offer("b")
    assert sorted(each.added for each in both_at_once(desk)) == [0, 1]
    assert desk.titles("wire") == ["a", "b"]
    assert rows(desk) == (1, {desk.draft.id})


@pytest.mark.parametrize("is_begun", [False, True])
def test_who_is_killed_in_the_middle_leaves_nothing_and_the_next_one_makes_it_whole(desk: Desk, is_begun: bool) -> None:
    desk.offer("a")
    if is_begun:
        desk.run()
    desk.offer("b")
    before = rows(desk), desk.draft and desk.draft.source
    url = desk.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.sources.assembling_process", url, str(desk.home.id), DAY.isoformat()]
    assert subprocess.run(command, cwd=ROOT, timeout=180, check=False).returncode == -signal.SIGKILL
    assert (rows(desk), desk.draft and desk.draft.source) == before
    assert desk.run().added == (1 if is_begun else 2)
    assert sorted(desk.titles("wire")) == ["a", "b"]
    assert rows(desk) == (1, {desk.draft.id})
