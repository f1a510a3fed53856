"""What an issue used is known by the keys of its items, from the moment it is scheduled until it is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.model import Candidate, Issue, IssueItem, Publication
from newsletter.model.actor import SCHEDULER
from newsletter.model.states import CandidateState, IssueState
from newsletter.store.database import Database
from newsletter.store.issues import editions, issues
from newsletter.store.sources import candidates, used
from tests.parts.ledger import add_publication
from tests.sources.rows import add_candidate, add_issue

NEW, SHORTLISTED, DISMISSED, USED = (
    CandidateState.NEW,
    CandidateState.SHORTLISTED,
    CandidateState.DISMISSED,
    CandidateState.USED,
)
URL = "https://lab.example/story"


@pytest.fixture
def home(database: Database, clock: SettableClock) -> Publication:
    """A publication on each database."""
    return add_publication(database, clock)


def states(database: Database, *rows: Candidate) -> list[tuple[CandidateState, int | None]]:
    with database.read() as session:
        found = candidates.by_ids(session, [row.id for row in rows])
        return [(each.state, each.issue_id) for each in found]


def list_items(database: Database, issue: Issue) -> None:
    """Put its items into an issue's listing once more, as scheduling does."""
    names = [column.key for column in IssueItem.__table__.columns if column.key != "id"]
    with database.read() as session:
        kept = session.scalars(select(IssueItem).where(IssueItem.issue_id == issue.id)).all()
    with database.write() as session:
        rows = [IssueItem(**{name: getattr(each, name) for name in names}) for each in kept]
        editions.replace_listing(session, issue.id, [], rows)


def test_scheduling_marks_what_the_items_name_in_whatever_section_and_state(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    states_before = [NEW, SHORTLISTED, DISMISSED, NEW]
    sections = ["wire", "labs", "papers", "wire"]
    urls = [URL, URL, URL, "https://lab.example/other"]
    rows = [
        add_candidate(database, clock, home, url, state=state, section=section)
        for url, state, section in zip(urls, states_before, sections, strict=True)
    ]
    elsewhere = add_candidate(database, clock, add_publication(database, clock, "weekly"), URL)
    issue = add_issue(database, clock, home, "first", [f"http://www.{URL[8:]}/?utm_source=x"], IssueState.SCHEDULED)
    list_items(database, issue)
    assert states(database, *rows, elsewhere) == [(USED, issue.id)] * 3 + [(NEW, None)] * 2


def test_taking_an_issue_back_gives_its_candidates_back_as_shortlisted(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    row = add_candidate(database, clock, home, URL)
    issue = add_issue(database, clock, home, "first", [URL], IssueState.SCHEDULED)
    list_items(database, issue)
    with database.write() as session:
        assert issues.move(session, issue.id, IssueState.SCHEDULED, IssueState.DRAFT, by=SCHEDULER, at=clock.now())
    assert states(database, row) == [(SHORTLISTED, issue.id)]


def test_what_another_issue_used_too_stays_used_by_that(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    row = add_candidate(database, clock, home, URL)
    sent = add_issue(database, clock, home, "sent", [URL], IssueState.SENT)
    issue = add_issue(database, clock, home, "first", [URL], IssueState.SCHEDULED)
    list_items(database, issue)
    with database.write() as session:
        issues.move(session, issue.id, IssueState.SCHEDULED, IssueState.DRAFT, by=SCHEDULER, at=clock.now())
    assert states(database, row) == [(USED, sent.id)]


def test_what_stands_in_the_issue_under_a_key_of_its_own_is_used_with_it(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    issue = add_issue(database, clock, home, "first", [URL], IssueState.SCHEDULED)
    placed = add_candidate(database, clock, home, URL, key="apart:1", issue_id=issue.id)
    loose = add_candidate(database, clock, home, URL, key="apart:2")
    list_items(database, issue)
    assert states(database, placed, loose) == [(USED, issue.id), (NEW, None)]


def test_what_was_joined_by_hand_takes_the_one_that_stayed_along(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    head = add_candidate(database, clock, home, "https://lab.example/other")
    joined = add_candidate(database, clock, home, URL, state=DISMISSED, sightings=0, cluster=head.id)
    issue = add_issue(database, clock, home, "first", [URL], IssueState.SCHEDULED)
    list_items(database, issue)
    assert states(database, head, joined) == [(USED, issue.id)] * 2


def test_items_of_former_issues_get_their_keys_in_portions_and_mark_what_is_open(
    database: Database, clock: SettableClock, home: Publication
) -> None:
    row = add_candidate(database, clock, home, URL)
    draft = add_candidate(database, clock, home, "https://lab.example/drafted")
    old = add_issue(database, clock, home, "old", [URL, "", "https://lab.example/x"], IssueState.SENT, keyed=False)
    add_issue(database, clock, home, "draft", ["https://lab.example/drafted"], IssueState.DRAFT, keyed=False)
    marked: list[int] = []
    for wanted in (2, 2, 0):
        with database.write() as session:
            portion = used.without_key(session, home.id, limit=2)
            assert len(portion) == wanted
            keys = {number: "" if not url else url.partition("://")[2] for number, url in portion}
            marked += used.give_keys(session, home.id, keys)
    assert marked == [row.id]
    assert states(database, row, draft) == [(USED, old.id), (NEW, None)]


def test_an_issue_without_items_marks_nothing(database: Database, clock: SettableClock, home: Publication) -> None:
    row = add_candidate(database, clock, home, URL)
    issue = add_issue(database, clock, home, "first", [], IssueState.SCHEDULED)
    list_items(database, issue)
    with database.write() as session:
        issues.move(session, issue.id, IssueState.SCHEDULED, IssueState.DRAFT, by=SCHEDULER, at=clock.now())
    assert states(database, row) == [(NEW, None)]
