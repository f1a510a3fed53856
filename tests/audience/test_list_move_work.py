"""A worker's part of a list that moves in at the desk: killed, stopped or doubled, it comes to the same end, done by whoever began it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from newsletter.audience import list_run, move_run
from newsletter.audience.importing import Importing
from newsletter.audience.list_move_rounds import ListMoveRounds
from newsletter.audience.list_move_work import MOST_RUNS, ListMoveWork
from newsletter.audience.list_moves import ListMoves, MoveChoices
from newsletter.audience.move_run import LEASE
from newsletter.clock import SystemClock
from newsletter.errors import ConflictError, ForbiddenError, InputError, StoreError
from newsletter.model import Editor, Grant, ListMove, Subscription
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState
from newsletter.model.rights import Right, Role
from newsletter.queue import QUEUES, Job
from newsletter.store.database import Database
from tests.audience.conftest import Desk
from tests.parts.actors import able

HEAD = "Subscriber ID,First Name,Last Name,Email Address,State,Created At,Tags\n"


class Moving:
    """The tools of a desk, and an editor who may use them."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        tools = (desk.database, desk.clock)
        self.moves = ListMoves(*tools, desk.queue, folder)
        self.work = ListMoveWork(*tools, Importing(*tools), folder)
        self.rounds = ListMoveRounds(*tools, desk.queue, folder)
        with desk.database.write() as session:
            editor = Editor(address="mara@example.org", name="Mara", password_hash="x", created_at=desk.clock.now())
            session.add(editor)
            session.flush()
            self.editor_id = editor.id
            session.add(
                Grant(
                    editor_id=editor.id,
                    publication_id=desk.publication_id,
                    role=Role.PUBLISHER,
                    created_at=desk.clock.now(),
                )
            )

    @property
    def by(self) -> Actor:
        return able(Right.MANAGE_AUDIENCE, publication_id=self.desk.publication_id, editor_id=self.editor_id)

    def take(self, rows: int = 50, *, more: str = "") -> int:
        upload = self.folder.parent / "upload"
        body = "".join(f"{n},Ada,,r{n}@example.org,{'cancelled' if n % 5 == 0 else 'active'},,\n" for n in range(rows))
        upload.write_text(HEAD + body + more)
        return self.moves.take(self.desk.publication_id, upload, file_name="kit.csv", by=self.by)

    def go(self, move_id: int) -> None:
        self.moves.move(
            self.desk.publication_id, move_id, MoveChoices(), consent="By our form", agreed=True, by=self.by
        )

    def row(self, move_id: int) -> ListMove:
        with self.desk.database.read() as session:
            return session.get_one(ListMove, move_id)

    def rings(self) -> int:
        return self.desk.queue.depths()[QUEUES[Job.MOVE_IN]]

    def count(self) -> int:
        with self.desk.database.read() as session:
            return session.scalar(select(func.count()).select_from(Subscription)) or 0


@pytest.fixture
def moving(desk: Desk, tmp_path: Path) -> Moving:
    return Moving(desk, tmp_path / "uploads")


def test_a_dry_run_stores_nothing_and_a_move_says_the_same(moving: Moving) -> None:
    move_id = moving.take(more="x,,,nobody,active,,\n")
    moving.work.run(move_id)
    seen = moving.row(move_id)
    assert (seen.state, seen.trouble, moving.count()) == (ListMoveState.LOOKED, "", 0)
    assert (seen.rows, seen.octets_read) == (51, seen.octets_due)
    moving.go(move_id)
    moving.work.run(move_id)
    done = moving.row(move_id)
    assert (done.state, done.stored, moving.count()) == (ListMoveState.MOVED, done.stored_due, 50)
    assert {name: done.report[name] for name in ("added", "standings", "unusable")} == {
        name: seen.report[name] for name in ("added", "standings", "unusable")
    }
    assert [path.name for path in (moving.folder / done.kept_as).rglob("*") if path.is_file()] == ["0.errors.csv"]


def test_rung_twice_it_is_done_once(moving: Moving) -> None:
    move_id = moving.take()
    for _ in range(2):
        moving.work.run(move_id)
    assert moving.row(move_id).runs == 1


def test_what_a_living_worker_has_is_no_others(moving: Moving) -> None:
    move_id = moving.take()
    until = moving.desk.clock.now() + LEASE
    with moving.desk.database.write() as session:
        session.execute(update(ListMove).values(holder="elsewhere:1:2:3.4", leased_until=until))
    moving.work.run(move_id)
    assert moving.row(move_id).state == ListMoveState.LOOKING
    rings = moving.rings()
    moving.rounds.tick()
    assert moving.rings() == rings
    moving.desk.clock.advance(LEASE.total_seconds() + 1)
    moving.rounds.tick()
    assert moving.rings() == rings + 1
    moving.work.run(move_id)
    assert moving.row(move_id).state == ListMoveState.LOOKED


def test_who_lost_the_lease_writes_nothing_more(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    move_id = moving.take()
    honest = list_run.survey

    def robbed(*given: object) -> dict[str, object]:
        with moving.desk.database.write() as session:
            session.execute(update(ListMove).values(holder="another"))
        return honest(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(list_run, "survey", robbed)
    moving.work.run(move_id)
    found = moving.row(move_id)
    assert (found.state, found.holder, found.report) == (ListMoveState.LOOKING, "another", {})


def test_a_process_that_ends_gives_it_back_and_another_goes_on(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    move_id = moving.take()
    monkeypatch.setattr(move_run, "_NOTED_SECONDS", 0.0)
    honest = list_run.survey
    monkeypatch.setattr(list_run, "survey", lambda *given: moving.work.stop.set() or honest(*given))
    moving.work.run(move_id)
    found = moving.row(move_id)
    assert (found.state, found.holder, found.leased_until) == (ListMoveState.LOOKING, "", None)
    monkeypatch.undo()
    moving.work.stop.clear()
    moving.work.run(move_id)
    assert (moving.row(move_id).state, moving.row(move_id).runs) == (ListMoveState.LOOKED, 2)


def test_what_dies_each_time_is_told_in_the_end(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    move_id = moving.take()

    def broken(*_: object) -> None:
        raise StoreError("the database is away")

    monkeypatch.setattr(list_run, "survey", broken)
    for _ in range(MOST_RUNS):
        with pytest.raises(StoreError):
            moving.work.run(move_id)
        moving.desk.clock.advance(LEASE.total_seconds() + 1)
    moving.work.run(move_id)
    found = moving.row(move_id)
    assert found.state == ListMoveState.LOOKED and "never came to its end" in found.trouble


def test_a_fault_that_nobody_foresaw_is_told_without_its_trace(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(list_run, "survey", broken)
    move_id = moving.take()
    moving.work.run(move_id)
    found = moving.row(move_id)
    assert "nobody foresaw" in found.trouble and "secret" not in found.trouble


@pytest.mark.parametrize("change", ["disabled", "demoted", "removed"])
def test_it_is_done_with_the_rights_of_the_moment(moving: Moving, change: str) -> None:
    move_id = moving.take()
    moving.work.run(move_id)
    moving.go(move_id)
    with moving.desk.database.write() as session:
        if change == "disabled":
            session.execute(update(Editor).values(disabled_at=moving.desk.clock.now()))
        elif change == "demoted":
            session.execute(update(Grant).values(role=Role.ANALYST))
        else:
            session.delete(session.get_one(Editor, moving.editor_id))
    moving.work.run(move_id)
    found = moving.row(move_id)
    assert found.state == ListMoveState.LOOKED and found.trouble and moving.count() == 0


def test_nothing_moves_in_that_was_not_looked_at_as_it_is_chosen(moving: Moving) -> None:
    move_id, home = moving.take(), moving.desk.publication_id
    with pytest.raises(ConflictError, match="other choices"):
        moving.go(move_id)
    moving.work.run(move_id)
    other = MoveChoices(mapping={"tags": "ignore"})
    with pytest.raises(ConflictError, match="other choices"):
        moving.moves.move(home, move_id, other, consent="x", agreed=True, by=moving.by)
    for consent, agreed in (("", True), ("By our form", False)):
        with pytest.raises(InputError, match="nobody says"):
            moving.moves.move(home, move_id, MoveChoices(), consent=consent, agreed=agreed, by=moving.by)
    moving.go(move_id)
    with pytest.raises(ConflictError, match="is being read"):
        moving.moves.discard(home, move_id, by=moving.by)
    with pytest.raises(ForbiddenError):
        moving.moves.show(home, move_id, by=able(Right.SEE_PEOPLE, publication_id=home))
    assert moving.count() == 0


def _worker(url: str, folder: Path, move_id: int) -> None:
    clock = SystemClock()
    database = Database(url)
    ListMoveWork(database, clock, Importing(database, clock), folder).run(move_id)


def test_a_worker_that_is_killed_is_followed_by_another_with_the_same_end(desk: Desk, tmp_path: Path) -> None:
    desk.clock.advance((SystemClock().now() - desk.clock.now()).total_seconds())
    moving = Moving(desk, tmp_path / "uploads")
    move_id = moving.take(30_000)
    spawn = multiprocessing.get_context("spawn")
    for state in (ListMoveState.LOOKED, ListMoveState.MOVED):
        child = spawn.Process(target=_worker, args=(desk.database.url, moving.folder, move_id))
        child.start()
        while not moving.row(move_id).rows and child.is_alive():
            child.join(0.02)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        assert moving.row(move_id).state != state
        desk.clock.advance(timedelta(seconds=6).total_seconds())
        moving.rounds.tick()  # frees what a process of this machine had that is gone
        assert moving.row(move_id).holder == ""
        moving.work.run(move_id)
        assert (moving.row(move_id).state, moving.row(move_id).trouble) == (state, "")
        if state == ListMoveState.LOOKED:
            assert moving.count() == 0
            moving.go(move_id)
    assert moving.count() == 30_000
    report = moving.row(move_id).report
    assert report["added"] + report["known"] == 30_000
