"""All that happened to an issue is told in one line of time, page by page, and by its kind."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.issues.approving import Approving
from newsletter.issues.commenting import Commenting
from newsletter.issues.editing import Editing
from newsletter.issues.timeline import ACTS, SHOWN, TimelineEntry, TimelineMark, timeline
from newsletter.model import Issue
from newsletter.store.database import Database
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR


@pytest.fixture
def issue(database: Database, clock: SettableClock) -> Issue:
    """An issue that was changed, commented on, changed again, and approved, a minute apart."""
    add_publication(database)
    editing, commenting = Editing(database, clock), Commenting(database, clock)
    made = editing.import_issue(issue_text(), source="x.md", by=OPERATOR)
    clock.advance(60)
    editing.save(made.id, text=issue_text().replace("spring", "May"), revision=1, by=OPERATOR)
    clock.advance(60)
    commenting.comment(made.id, "Which May?", by=OPERATOR)
    clock.advance(60)
    editing.save(made.id, text=issue_text().replace("spring", "June"), revision=2, by=OPERATOR)
    clock.advance(60)
    Approving(database, clock).approve(made.id, revision=3, despite=[], by=OPERATOR)
    return made


def told(entries: list[TimelineEntry]) -> list[str | int]:
    return [entry.revision.number if entry.revision else entry.what for entry in entries]


def test_revisions_and_acts_stand_in_one_line_of_time(database: Database, issue: Issue) -> None:
    entries, more = timeline(database, issue.id)
    assert more is None
    assert told(entries)[:4] == ["approved it", 3, "commented", 2]
    assert sorted(told(entries)[4:], key=str) == [1, "began it"]


def test_each_kind_is_shown_by_itself(database: Database, issue: Issue) -> None:
    shown = {word: told(timeline(database, issue.id, show=word)[0]) for word in SHOWN if word != "all"}
    assert shown == {"text": [3, 2, 1], "comments": ["commented"], "approval": ["approved it"], "sending": []}
    assert {act for acts in SHOWN.values() for act in acts} <= set(ACTS)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_have_everything_once(database: Database, issue: Issue, limit: int) -> None:
    whole, _ = timeline(database, issue.id)
    found, mark = list[str | int](), TimelineMark()
    while True:
        entries, more = timeline(database, issue.id, behind=mark, limit=limit)
        found += told(entries)
        if more is None:
            break
        mark = more
    assert found == told(whole)
