# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from newsletter.archive.board_history import Course, CourseMark, board_history
from newsletter.archive.course_lines import EDGE, HEIGHT, WIDTH, line_of, words_of
from newsletter.errors import NotFoundError
from newsletter.model.document import Document
from newsletter.rendering.language import ENGLISH
from newsletter.store.database import Database
from tests.web.places import add_publication, make_document, publish

FIRST = date(2026, 3, 1)


def issue(
    number: int, rows: list[tuple[str, ...]], titles: tuple[str, ...] = ("#", "Model", "Score", "$/1M"), **more: Any
) -> Document:
    item = {
        "kind": "tables",
        "title": "Index",
        "key": "index",
        "columns": [{"title": title} for title in titles],
        "rows": rows,
        **more,
    }
    section = {"title": "Benchmarks", "slug": "boards", "kind": "tables", "all_title": "Full tables", "items": [item]}
    return make_document(f"n{number}", FIRST + timedelta(days=number), sections=[section])


def test_the_course_of_each_row_is_told_over_the_issues(database: Database) -> None:
    publication = add_publication(database)
    publish(database, publication, issue(0, [("1", "Wren 2", "50.0", "$1"), ("2", "Finch", "40", "$2")]))
    publish(database, publication, issue(1, [("1", "**Kite**", "61.5", "$1"), ("2", "Wren 2", "–", "$2")]))
    publish(database, publication, issue(2, [("1", "**Kite**", "60.5", "$1"), ("2", "Wren 2", "52.5", "$3")]))
    publish(database, publication, issue(3, [("1", "Secret", "99", "$1")]), shown=False)
    found = board_history(database, publication="orchard", section="boards", key="index")
    assert (found.title, found.row_title, found.figure_title, found.section_title) == (
        "Index",
        "Model",
        "Score",
        "Full tables",
    )
    assert [(table.issue_slug, table.dated - FIRST) for table in found.tables] == [
        ("n0", timedelta(0)),
        ("n1", timedelta(1)),
        ("n2", timedelta(2)),
    ]
    assert [(course.name, [mark and mark.value for mark in course.marks]) for course in found.courses] == [
        ("**Kite**", [None, 61.5, 60.5]),
        ("Wren 2", [50.0, None, 52.5]),
        ("Finch", [40.0, None, None]),
    ]


def test_the_figure_is_the_column_of_bars_or_change_where_there_is_one(database: Database) -> None:
    publication = add_publication(database)
    publish(database, publication, issue(0, [("1", "Wren 2", "50.0", "$1")], change="$/1M"))
    assert board_history(database, publication="orchard", section="boards", key="index").figure_title == "$/1M"


@pytest.mark.parametrize(
    ("titles", "rows", "row_title", "figure_title"),
    [
        (("#", "Model", "Score"), [("1", "Wren", "9"), ("", "Kite", "8")], "Model", "Score"),
        (("Place", "Country", "Score"), [("Vienna", "Austria", "9"), ("Lima", "Peru", "8")], "Place", "Score"),
        (("Place", "Model", "Score"), [("1", "Wren", "9"), ("2", "Kite", "8")], "Model", "Score"),
        (("Nr", "Score"), [("1", "9"), ("2", "8")], "Nr", "Score"),
    ],
)
def test_a_column_of_ranks_is_neither_figure_nor_name(
    database: Database, titles: tuple[str, ...], rows: list[tuple[str, ...]], row_title: str, figure_title: str
) -> None:
    publish(database, add_publication(database), issue(0, rows, titles=titles))
    found = board_history(database, publication="orchard", section="boards", key="index")
    assert (found.row_title, found.figure_title) == (row_title, figure_title)


def test_a_board_of_words_has_no_courses(database: Database) -> None:
    publish(database, add_publication(database), issue(0, [("a", "b")], titles=("Model", "Says")))
    found = board_history(database, publication="orchard", section="boards", key="index")
    assert (found.courses, found.row_title) == ((), "Model")


@pytest.mark.parametrize(("section", "key"), [("boards", "other"), ("wire", "index"), ("papers", "grafting-1")])
def test_what_no_published_issue_has_is_not_found(database: Database, section: str, key: str) -> None:
    publication = add_publication(database)
    publish(database, publication, make_document("first", FIRST))
    publish(database, publication, issue(1, [("1", "Secret", "1", "$1")]), shown=False)
    with pytest.raises(NotFoundError):
        board_history(database, publication="orchard", section=section, key=key)


def test_its_cost_does_not_grow_with_the_issues(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.archive.board_history.MOST_ISSUES", 3)
    publication = add_publication(database)
    counts = []
    for number in range(8):
        publish(database, publication, issue(number, [("1", "Wren", str(number), "$1")]))
        asked: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        found = board_history(database, publication="orchard", section="boards", key="index")
        event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
        assert len(found.tables) == min(number + 1, 3)
    assert len(set(counts)) == 1
    assert [table.issue_slug for table in found.tables] == ["n5", "n6", "n7"]


def test_a_line_is_said_in_words_and_holds_no_style() -> None:
    course = Course("A", (CourseMark(1, "1.0"), None, CourseMark(3, "**3.0**"), CourseMark(2, "2.0")))
    line = str(line_of(course, ENGLISH))
    assert "style" not in line
    root = ET.fromstring(line)
    assert root.attrib["aria-label"] == words_of(course, ENGLISH) == "from 1.0 to 2.0, between 1.0 and 3.0"
    assert [child.tag for child in root] == ["circle", "polyline", "circle"]
    assert words_of(Course("A", (None, CourseMark(1, "$1"))), ENGLISH) == "in one issue: $1"


MARKS = st.lists(
    st.none() | st.builds(CourseMark, st.floats(-1e12, 1e12), st.text("<>&\"'1.5%", max_size=6)),
    min_size=1,
    max_size=60,
)


@given(MARKS)
def test_a_line_stays_within_its_box(marks: list[CourseMark | None]) -> None:
    if not any(marks):
        return
    root = ET.fromstring(str(line_of(Course("A", tuple(marks)), ENGLISH)))
    points = [
        tuple(map(float, point.split(","))) for line in root.iter("polyline") for point in line.attrib["points"].split()
    ]
    points += [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter("circle")]
    assert all(EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE for x, y in points)
