"""A worker's part of past issues that move in at the desk: killed at any moment, and begun again, it comes to the same end."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.audience.post_moves import PostChoices
from newsletter.clock import SettableClock, SystemClock
from newsletter.errors import ConflictError, ForbiddenError
from newsletter.model import Edition, Issue, IssueRevision, ListMove, MovedPost, OldAddress
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from tests.issues.moving.exports import substack_row, write_rows
from tests.issues.samples import add_publication
from tests.parts.actors import able
from tests.web.places import make_parts
from tests.web.seats import add_editor

POSTS = 60


class Posts:
    """A publication whose past issues lie in a file, and an editor who may move them in."""

    def __init__(self, database: Database, clock: SettableClock, folder: Path) -> None:
        self.home = add_publication(database).id
        self.folder, self.clock = folder, clock
        self.parts = make_parts(database, clock, folder)
        self.editor_id = add_editor(self.parts).id

    @property
    def by(self) -> Actor:
        return able(Right.WRITE, Right.SEND, publication_id=self.home, editor_id=self.editor_id)

    def take(self, posts: int = POSTS) -> int:
        rows = [
            substack_row(f"{n}.post-{n}", title=f"Post {n}", body_html=f"<p>{'Mud ' * 2000}{n}</p>")
            | ({"audience": "only_paid"} if n % 5 == 0 else {})
            for n in range(posts)
        ]
        upload = write_rows(self.folder / "upload.csv", rows)
        return self.parts.post_moves.take(self.home, upload, file_name="posts.csv", by=self.by)

    def go(self, move_id: int) -> None:
        self.parts.post_moves.move(self.home, move_id, PostChoices(), by=self.by)

    def row(self, move_id: int) -> ListMove:
        with self.parts.database.read() as session:
            return session.get_one(ListMove, move_id)

    def count(self, *tables: type) -> list[int]:
        with self.parts.database.read() as session:
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    def issues(self) -> dict[str, str]:
        with self.parts.database.read() as session:
            rows = session.execute(select(Issue.slug, Issue.state).order_by(Issue.slug))
            return {slug: state.value for slug, state in rows}


@pytest.fixture
def posts(database: Database, clock: SettableClock, tmp_path: Path) -> Posts:
    return Posts(database, clock, tmp_path / "data")


def _worker(url: str, folder: Path, move_id: int) -> None:
    make_parts(Database(url), SystemClock(), folder).list_move_work.run(move_id)  # type: ignore[arg-type]


def test_a_worker_that_is_killed_among_posts_is_followed_by_another_with_the_same_end(posts: Posts) -> None:
    posts.clock.advance((SystemClock().now() - posts.clock.now()).total_seconds())
    move_id = posts.take()
    posts.parts.list_move_work.run(move_id)
    assert (posts.row(move_id).state, posts.row(move_id).trouble) == (ListMoveState.LOOKED, "")
    seen = posts.row(move_id).report
    assert posts.count(Issue, MovedPost) == [0, 0]
    posts.go(move_id)
    spawn = multiprocessing.get_context("spawn")
    for stored in (1, 20):
        child = spawn.Process(target=_worker, args=(posts.parts.database.url, posts.folder, move_id))
        child.start()
        while posts.count(MovedPost)[0] < stored and child.is_alive():
            child.join(0.02)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        assert posts.row(move_id).state == ListMoveState.MOVING
        assert stored <= posts.count(MovedPost)[0] < POSTS
        posts.clock.advance(6)
        posts.parts.list_move_rounds.tick()  # frees what a process of this machine had that is gone
        assert posts.row(move_id).holder == ""
    posts.parts.list_move_work.run(move_id)
    done = posts.row(move_id)
    assert (done.state, done.trouble, done.runs) == (ListMoveState.MOVED, "", 3)
    assert {name: done.report[name] for name in ("archived", "draft", "found")} == {
        name: seen[name] for name in ("archived", "draft", "found")
    }
    states = {f"post-{n}": str(IssueState.DRAFT if n % 5 == 0 else IssueState.ARCHIVED) for n in range(POSTS)}
    assert posts.issues() == states
    archived = POSTS - POSTS // 5
    assert posts.count(MovedPost, Edition, IssueRevision, OldAddress) == [POSTS, archived, POSTS, POSTS]
    lines = posts.parts.post_moves.lines(posts.home, move_id, after=0, most=1000, by=posts.by)
    assert len(lines) == POSTS


def test_lists_and_posts_of_one_publication_do_not_wait_for_each_other(posts: Posts) -> None:
    posts.take()
    with pytest.raises(ConflictError, match="another file is being read"):
        posts.take()
    upload = posts.folder / "list.csv"
    upload.write_text("email\na@example.org\n")
    by = able(Right.MANAGE_AUDIENCE, publication_id=posts.home, editor_id=posts.editor_id)
    assert posts.parts.list_moves.take(posts.home, upload, file_name="list.csv", by=by)


def test_posts_move_in_as_they_were_looked_at_and_by_who_may(posts: Posts) -> None:
    move_id = posts.take(3)
    with pytest.raises(ConflictError, match="other choices"):
        posts.go(move_id)
    posts.parts.list_move_work.run(move_id)
    room, home = posts.parts.post_moves, posts.home
    with pytest.raises(ConflictError, match="other choices"):
        room.move(home, move_id, PostChoices(include_paid=True), by=posts.by)
    with pytest.raises(ForbiddenError):
        room.move(home, move_id, PostChoices(), by=able(Right.WRITE, publication_id=home))
    with pytest.raises(ForbiddenError):
        room.show(home, move_id, by=able(Right.MANAGE_AUDIENCE, publication_id=home))
    assert posts.count(Issue) == [0]
