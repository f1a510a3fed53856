"""Another slug for a publication or an issue: what named the old one is still read, and nobody else can take its addresses."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.issues import renaming
from newsletter.issues.editing import Editing
from newsletter.issues.publishing import Publishing
from newsletter.issues.renaming import Renaming
from newsletter.model import Issue, Publication
from newsletter.model.brand import RESERVED_ISSUE_SLUGS, RESERVED_SLUGS
from newsletter.model.states import IssueState
from newsletter.publications.creating import Creating, NewPublication
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.named import id_of_issue, id_of_publication


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A publication `tide` with a draft, on each database."""
    add_publication(database)
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)


def rename(database: Database, clock: SettableClock, slug: str, new: str) -> Publication:
    return Renaming(database, clock).rename_publication(id_of_publication(database, slug), new, by=OPERATOR)


def rename_issue(database: Database, clock: SettableClock, slug: str, new: str) -> Issue:
    return Renaming(database, clock).rename_issue(id_of_issue(database, slug, "tide"), new, by=OPERATOR)


def test_files_that_name_the_old_slug_go_to_the_renamed_publication(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    rename(database, clock, "tide", "ebb")
    with database.read() as session:
        assert publications.get(session, "tide").slug == publications.get(session, "ebb").slug == "ebb"
        assert publications.get(session, "ebb").list_id == "tide.tide.example.org", "filters of readers go by it"
    saved = Editing(database, clock).save(draft.id, text=issue_text(subject="Neaps"), revision=1, by=OPERATOR)
    assert saved.subject == "Neaps"
    other = Editing(database, clock).import_issue(issue_text("2026-01-03"), source="y.md", by=OPERATOR)
    assert other.publication_id == draft.publication_id


def test_an_old_slug_is_nobody_elses_and_can_be_taken_back(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    rename(database, clock, "tide", "ebb")
    words = ("The Tide", "ada@tide.example.org")
    with pytest.raises(ConflictError, match="was the slug of 'ebb'"):
        Creating(database, clock).create(NewPublication("tide", *words), by=OPERATOR)
    Creating(database, clock).create(NewPublication("flood", *words), by=OPERATOR)
    for taken in ("tide", "ebb"):
        with pytest.raises(ConflictError):
            rename(database, clock, "flood", taken)
    assert rename(database, clock, "ebb", "tide").slug == "tide"
    assert rename(database, clock, "ebb", "sea").slug == "sea", "and is found by each name it had"


@pytest.mark.parametrize("new", ["Tide", "a b", "desk", "about", "x" * 81])
def test_what_cannot_be_a_slug_is_refused(database: Database, clock: SettableClock, draft: Issue, new: str) -> None:
    with pytest.raises(InputError):
        rename(database, clock, "tide", new)


def test_a_draft_gets_its_slug_in_its_text_too_and_the_old_one_is_free(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    renamed = rename_issue(database, clock, "2026-01-02", "springs")
    assert (renamed.slug, renamed.revision, renamed.content["slug"]) == ("springs", 2, "springs")
    assert "slug: springs" in renamed.source
    Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    with pytest.raises(ConflictError):
        rename_issue(database, clock, "springs", "2026-01-02")
    with pytest.raises(InputError):
        rename_issue(database, clock, "springs", "archive")


def test_an_issue_on_its_way_keeps_its_slug(database: Database, clock: SettableClock, draft: Issue) -> None:
    publishing = Publishing(database, clock, RENDERER, SETTINGS)
    publishing.schedule(draft.id, clock.now(), despite=MEANT, by=OPERATOR)
    for state in (IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED):
        with database.write() as session:
            session.get_one(Issue, draft.id).state = state
        with pytest.raises(ConflictError, match="keeps its slug"):
            rename_issue(database, clock, "2026-01-02", "springs")
    with database.write() as session:
        session.get_one(Issue, draft.id).state = IssueState.SENT
        session.get_one(Issue, draft.id).source = "of a format of long ago"
    for new in ("archive", "Springs", "x" * 121):
        with pytest.raises(InputError):
            rename_issue(database, clock, "2026-01-02", new)
    renamed = rename_issue(database, clock, "2026-01-02", "springs")
    assert (renamed.slug, renamed.content["slug"], renamed.revision) == ("springs", "springs", 1)
    with database.read() as session:
        assert issues.formerly(session, draft.publication_id, "2026-01-02").id == draft.id
        with pytest.raises(NotFoundError):
            issues.get(session, "tide", "2026-01-02")


def test_slugs_that_are_the_services_own_by_now_are_found(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    assert renaming.clashing(database) == []
    add_publication(database, "about")
    with database.write() as session:
        session.get_one(Issue, draft.id).slug = "preferences"
    assert renaming.clashing(database) == [("about", ""), ("tide", "preferences")]


def test_the_words_that_are_kept_for_pages_to_come_are_reserved() -> None:
    first = (
        "account accounts auth login setup invite preferences search media images uploads webhooks feeds sitemap about"
    )
    more = "privacy view export assets audit sources api docs"
    assert {*first.split(), *more.split()} <= RESERVED_SLUGS
    assert {"feed", "about", "preferences", "tags", "all", "search", "subscribe", "archive"} <= RESERVED_ISSUE_SLUGS
