from __future__ import annotations

from datetime import date, timedelta

import pytest

from newsletter.archive import pages
from newsletter.errors import NotFoundError
from newsletter.store.archive import published
from newsletter.store.database import Database
from tests.web.places import add_publication, make_document, publish


def test_the_index_shows_published_issues_newest_first(database: Database) -> None:
    publication = add_publication(database)
    for day in (2, 1, 3):
        publish(database, publication, make_document(f"n{day}", date(2026, 3, day)))
    publish(database, publication, make_document("draft", date(2026, 3, 9)), shown=False)
    found = pages.index(database, publication="orchard")
    assert [issue.slug for issue in found.issues] == ["n3", "n2", "n1"]
    assert (found.older, found.first) == ("", True)
    assert [section.slug for section in found.sections] == ["papers", "tables"]


def test_turning_the_pages_shows_every_issue_once_even_on_one_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 3)
    publication = add_publication(database)
    slugs = [f"n{number}" for number in range(8)]
    for number, slug in enumerate(slugs):
        publish(database, publication, make_document(slug, date(2026, 3, 1 + number // 4)))
    seen, mark = [], ""
    for _ in range(4):
        found = pages.index(database, publication="orchard", before=mark)
        seen += [issue.slug for issue in found.issues]
        mark = found.older
        if not mark:
            break
    assert seen == slugs[::-1]


def test_an_issue_knows_its_published_neighbours(database: Database) -> None:
    publication = add_publication(database)
    for day in (1, 2, 3, 4):
        publish(database, publication, make_document(f"n{day}", date(2026, 3, day)), shown=day != 2)
    found = pages.issue_page(database, publication="orchard", slug="n3")
    assert found.previous is not None and found.previous.slug == "n1"
    assert found.next is not None and found.next.slug == "n4"
    newest = pages.issue_page(database, publication="orchard", slug="n4")
    assert newest.next is None


def test_a_draft_and_an_issue_of_another_publication_are_not_found(database: Database) -> None:
    publication = add_publication(database)
    publish(database, publication, make_document("draft", date(2026, 3, 1)), shown=False)
    publish(database, add_publication(database, "meadow"), make_document("theirs", date(2026, 3, 1)))
    for slug in ("draft", "theirs", "never"):
        with pytest.raises(NotFoundError):
            pages.issue_page(database, publication="orchard", slug=slug)


def test_an_item_is_found_by_section_and_key(database: Database) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)))
    page = pages.issue_page(database, publication="orchard", slug="n1")
    section, item = page.item("papers", "grafting-2")
    assert (section.title, item.title) == ("Papers", "Grafting number 2 of n1")
    for place in (("papers", "nothing"), ("tables", "grafting-2"), ("nowhere", "grafting-2")):
        with pytest.raises(NotFoundError):
            page.item(*place)


def test_publications_are_listed_by_name_with_their_newest_issue(database: Database) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)))
    add_publication(database, "zoo", name="Animals, Weekly")
    found = pages.shelves(database)
    assert [(s.publication.slug, s.newest and s.newest.slug) for s in found] == [("zoo", None), ("orchard", "n1")]


def test_an_unknown_publication_does_not_tell_which_others_there_are(database: Database) -> None:
    add_publication(database)
    with pytest.raises(NotFoundError) as caught:
        pages.index(database, publication="guess")
    assert "orchard" not in str(caught.value)


def test_an_empty_section_leads_to_what_earlier_issues_had_and_nowhere_before(database: Database) -> None:
    publication = add_publication(database)
    for day in (1, 2):
        publish(database, publication, make_document(f"n{day}", date(2026, 3, day), papers=2 - day))
    early = pages.issue_page(database, publication="orchard", slug="n1")
    late = pages.issue_page(database, publication="orchard", slug="n2")
    assert late.filled == {"papers"}, "n1 had a paper, n2 has none, and wire never had a story"
    assert early.filled == frozenset()


def test_a_draft_is_told_of_the_newest_issue_before_its_day_and_of_none_that_is_hidden(database: Database) -> None:
    publication = add_publication(database)
    publish(database, publication, make_document("n1", date(2026, 3, 1)))
    publish(database, publication, make_document("n2", date(2026, 3, 2)))
    publish(database, publication, make_document("n3", date(2026, 3, 3)), shown=False)
    publish(database, publication, make_document("n9", date(2026, 3, 9)))
    draft = make_document("n4", date(2026, 3, 4), papers=0)
    with database.read() as session:
        around = published.surroundings(session, publication.id, draft)
        first = published.surroundings(session, publication.id, make_document("n0", date(2026, 2, 1)))
        same = published.surroundings(session, publication.id, make_document("n9", date(2026, 3, 9)))
    assert around.previous is not None and around.previous.slug == "n2" and around.filled == {"papers"}
    assert first.previous is None
    assert same.previous is not None and same.previous.slug == "n2", "never itself"


def steps_to_find_sections(database: Database, publication_id: int) -> int:
    """Return in twenties how many steps of SQLite's machine it takes."""
    steps: list[None] = []
    with database.read() as session:
        raw = session.connection().connection.driver_connection
        raw.set_progress_handler(lambda: steps.append(None), 20)
        try:
            assert published.sections(session, publication_id)
        finally:
            raw.set_progress_handler(None, 0)
    return len(steps)


def test_what_it_costs_to_find_the_sections_of_the_index_does_not_grow_with_the_issues(
    sqlite_database: Database,
) -> None:
    publication, first = add_publication(sqlite_database), date(2026, 3, 1)
    for day in range(5):
        publish(sqlite_database, publication, make_document(f"n{day}", first + timedelta(days=day)))
    few = steps_to_find_sections(sqlite_database, publication.id)
    for day in range(5, 100):
        publish(sqlite_database, publication, make_document(f"n{day}", first + timedelta(days=day)))
    assert steps_to_find_sections(sqlite_database, publication.id) <= 2 * few
