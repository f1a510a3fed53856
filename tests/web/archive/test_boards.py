from __future__ import annotations

from datetime import date

from bs4 import BeautifulSoup

from newsletter.bootstrap import Parts
from tests.web.places import Visitor, add_publication, make_document, publish


def test_a_board_has_a_page_of_its_course_to_which_the_section_and_the_item_lead(visitor: Visitor) -> None:
    page = BeautifulSoup(visitor.get("/orchard/all/tables/sweetness").text, "html.parser")
    assert page.select_one("h1").text == "Sweetness"
    assert [[cell.text for cell in row.select("th, td.num")] for row in page.select("table")[0].select("tbody tr")] == [
        ["Pippin", "14.2", "14.2", "14.2"],
        ["Russet", "15.1", "15.1", "15.1"],
    ]
    assert page.select_one("svg.course")["aria-label"] == "from 14.2 to 14.2, between 14.2 and 14.2"
    assert len(page.select("details tbody tr")) == 3
    assert not page.select("[style]")
    for place in ("/orchard/all/tables", "/orchard/2026-03-02/tables/sweetness"):
        there = BeautifulSoup(visitor.get(place).text, "html.parser")
        assert there.select_one('a[href="/orchard/all/tables/sweetness"]') is not None


def test_a_board_that_is_not_there_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/orchard/all/tables/other").status_code == 404
    assert visitor.get("/orchard/all/papers/grafting-1").status_code == 404


def test_names_of_rows_are_marks_and_never_elements(visitor: Visitor, parts: Parts) -> None:
    publication = add_publication(parts.database, "quinces")
    table = {
        "kind": "tables",
        "title": "T <i>",
        "columns": [{"title": "Name"}, {"title": "Score"}],
        "rows": [["**A** <script>x</script>", "12"], ["B", "3"]],
    }
    section = {"title": "Tables", "slug": "tables", "kind": "tables", "items": [table]}
    publish(
        parts.database, publication, make_document("n1", date(2026, 3, 1), sections=[section], publication="quinces")
    )
    page = visitor.get("/quinces/all/tables/t-i").text
    assert "<script>x" not in page
    assert "<strong>A</strong>" in page
