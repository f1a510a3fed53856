from __future__ import annotations

from datetime import date

import pytest

from newsletter.archive import pages, sections
from newsletter.errors import NotFoundError
from newsletter.model.document import Document
from newsletter.store.archive import published
from newsletter.store.database import Database
from tests.web.places import add_publication, make_document, publish


def test_items_of_all_issues_come_newest_issue_first_and_in_its_own_order(database: Database) -> None:
    publication = add_publication(database)
    for day in (1, 2):
        publish(database, publication, make_document(f"n{day}", date(2026, 3, day)))
    found = sections.section_page(database, publication="orchard", section="papers")
    assert [(f.issue_slug, f.item.key) for f in found.items] == [
        ("n2", "grafting-1"),
        ("n2", "grafting-2"),
        ("n1", "grafting-1"),
        ("n1", "grafting-2"),
    ]
    assert found.title == "All papers"
    assert [(first.issue_slug, len(group)) for first, group in found.by_issue()] == [("n2", 2), ("n1", 2)]


def test_turning_the_pages_shows_every_item_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "PAGE", 4)
    publication = add_publication(database)
    for number in range(4):  # two issues a day
        publish(database, publication, make_document(f"n{number}", date(2026, 3, 1 + number // 2), papers=3))
    seen, mark = [], ""
    for _ in range(4):
        found = sections.section_page(database, publication="orchard", section="papers", before=mark)
        seen += [(f.issue_slug, f.item.key) for f in found.items]
        mark = found.older
        if not mark:
            break
    assert seen == [(f"n{number}", f"grafting-{n}") for number in (3, 2, 1, 0) for n in (1, 2, 3)]


def test_a_category_narrows_and_is_counted(database: Database) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1), papers=3))
    found = sections.section_page(database, publication="orchard", section="papers", category="trees.GR")
    assert [f.item.key for f in found.items] == ["grafting-1", "grafting-3"]
    assert found.categories == (("trees.GR", 2), ("trees.PR", 1))


def test_a_section_without_items_has_its_page(database: Database) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)))
    found = sections.section_page(database, publication="orchard", section="wire")
    assert (found.title, found.items) == ("All wire", ())


def test_what_is_not_published_is_not_shown(database: Database) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)), shown=False)
    with pytest.raises(NotFoundError):
        sections.section_page(database, publication="orchard", section="papers")


def test_the_items_of_one_issue_make_a_document_of_their_own(database: Database) -> None:
    document = make_document("n1", date(2026, 3, 1))
    publish(database, add_publication(database), document)
    found = sections.section_page(database, publication="orchard", section="papers")
    _, group = next(found.by_issue())
    alone = sections.document_of(found, group)
    assert alone.sections[0].items == document.sections[1].items


def test_a_sponsor_stands_in_no_list_of_sections(database: Database) -> None:
    paid = {"title": "Ad", "slug": "ad", "kind": "sponsor", "items": [{"kind": "sponsor", "title": "Cards"}]}
    document = make_document(
        "n1",
        date(2026, 3, 1),
        sections=[paid, {"title": "T", "slug": "t", "kind": "text", "items": [{"kind": "text", "title": "One"}]}],
    )
    publish(database, add_publication(database), document)
    assert [section.slug for section in pages.index(database, publication="orchard").sections] == ["t"]


def test_the_last_table_of_the_same_section_and_name_is_known_around_an_issue(database: Database) -> None:
    publication = add_publication(database)

    def scores(slug: str, day: int, score: str, **more: object) -> Document:
        item = {
            "kind": "tables",
            "key": "t",
            "title": "T",
            "columns": [{"title": "M"}, {"title": "S"}],
            "rows": [["A", score]],
        }
        section = {"title": "B", "slug": "b", "kind": "tables", "items": [item | more]}
        return make_document(slug, date(2026, 3, day), sections=[section])

    for slug, day, score in (("n1", 1, "1"), ("n2", 2, "2"), ("n4", 4, "4")):
        publish(database, publication, scores(slug, day, score))
    publish(database, publication, scores("hidden", 3, "3"), shown=False)
    with database.read() as session:
        asked = published.surroundings(session, publication.id, scores("n3", 3, "3", change="S"))
        silent = published.surroundings(session, publication.id, scores("n3", 3, "3"))
        again = published.surroundings(session, publication.id, scores("n2", 2, "2", change="S"))
    assert {place: table.rows for place, table in asked.tables.items()} == {("b", "t"): (("A", "2"),)}
    assert silent.tables == {}
    assert again.tables["b", "t"].rows == (("A", "1"),)
