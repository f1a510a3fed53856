"""An issue that moved in is deleted and restored like a draft: out of the archive at once, and back with its old addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.errors import ForbiddenError
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.archive import published
from newsletter.store.issues import binned, moved
from tests.issues.moving.exports import issue_named, move, substack, substack_row
from tests.issues.moving.test_moving_in import rows
from tests.parts.actors import OPERATOR, able

HTML = "<h2>Mud</h2><p>Dry flats.</p>"


def test_it_is_gone_at_once_and_restored_as_it_was(parts: Parts, tmp_path: Path) -> None:
    move(parts, substack(tmp_path, (substack_row(), HTML)))
    issue = issue_named(parts, "low-water")
    before = rows(parts)
    gone = parts.deleting.delete(issue.id, by=OPERATOR)
    assert (gone.published_at, gone.old_paths) == (issue.published_at, ["/p/low-water"])
    with parts.database.read() as session:
        assert published.find(session, issue.publication_id, "low-water") is None
        assert moved.at_path(session, "/p/low-water") is None
    restored = parts.deleting.restore(issue.id, by=OPERATOR)
    assert restored.state is IssueState.ARCHIVED
    assert rows(parts)[:-1] == before[:-1]  # and two entries more in the audit
    with parts.database.read() as session:
        found = published.find(session, issue.publication_id, "low-water")
        assert found is not None and found[1].content == issue.content
        assert moved.at_path(session, "/p/low-water") is not None


def test_moved_in_again_it_stays_deleted(small_parts: Parts, tmp_path: Path) -> None:
    folder = substack(tmp_path, (substack_row(), HTML))
    move(small_parts, folder)
    small_parts.deleting.delete(issue_named(small_parts, "low-water").id, by=OPERATOR)
    substack(tmp_path, (substack_row(), HTML + "<p>More.</p>"))
    assert move(small_parts, folder).changes == {"left": 1}


def test_an_old_address_that_leads_elsewhere_by_now_stays_there(small_parts: Parts, tmp_path: Path) -> None:
    move(small_parts, substack(tmp_path / "one", (substack_row(), HTML)))
    first = issue_named(small_parts, "low-water")
    small_parts.deleting.delete(first.id, by=OPERATOR)
    move(small_parts, substack(tmp_path / "two", (substack_row("90.low-water"), HTML)))
    second = issue_named(small_parts, "low-water")
    assert second.id != first.id
    small_parts.deleting.restore(first.id, slug="ebb", by=OPERATOR)
    with small_parts.database.read() as session:
        assert moved.at_path(session, "/p/low-water") == ("tide", "low-water")


def test_what_anybody_may_read_takes_the_right_to_send(small_parts: Parts, tmp_path: Path) -> None:
    move(small_parts, substack(tmp_path, (substack_row(), HTML)))
    issue = issue_named(small_parts, "low-water")
    home = issue.publication_id
    for rights in ((Right.WRITE,), (Right.SEND,)):
        with pytest.raises(ForbiddenError):
            small_parts.deleting.delete(issue.id, by=able(*rights, publication_id=home))
    small_parts.deleting.delete(issue.id, by=able(Right.WRITE, Right.SEND, publication_id=home))
    with pytest.raises(ForbiddenError):
        small_parts.deleting.restore(issue.id, by=able(Right.WRITE, publication_id=home))
    with small_parts.database.read() as session:
        assert [each.id for each in binned.listing(session)] == [issue.id]
