"""What changed in a table since it was last published."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.model.document import Document, TableItem
from newsletter.model.surroundings import Surroundings
from tests.rendering.documents import BRAND, RENDERER, document, section, table

HEAD = ("#", "Model", "Score")
NOW = (("1", "Alpha", "62.5"), ("2", "Beta-2", "60"), ("3", "Gamma", "n/a"), ("4", "Delta", "12"))
THEN = (("1", "Beta-2", "60.0"), ("2", "Alpha", "60.2"), ("3", "Gamma", "55"))


def issue(change: str, **changes: Any) -> Document:
    return document(sections=(section("bench", table(*NOW, head=HEAD, key="coding", change=change)),), **changes)


def around(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> Surroundings:
    before = table(*rows, head=head, key="coding")
    return Surroundings(tables={("bench", "coding"): before})


def cells(html: str) -> list[list[str]]:
    from bs4 import BeautifulSoup

    rows = BeautifulSoup(html, "lxml").find("table").find_all("tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


def test_a_change_stands_beside_its_column_for_rows_of_the_same_name() -> None:
    assert cells(RENDERER.web(issue("Score"), BRAND, around(*THEN))) == [
        ["#", "Model", "Score", "Change"],
        ["1", "Alpha", "62.5", "▲2.3"],
        ["2", "Beta-2", "60", ""],
        ["3", "Gamma", "n/a", ""],
        ["4", "Delta", "12", "new"],
    ]


def test_a_rank_that_falls_is_a_rise() -> None:
    rows = cells(RENDERER.web(issue("#"), BRAND, around(*THEN)))
    assert [row[1] for row in rows] == ["Change", "▲1", "▼1", "", "new"]


def test_mail_and_text_say_what_the_page_says_and_the_file_has_none() -> None:
    mail = RENDERER.email(issue("Score"), BRAND, byte_budget=100_000, around=around(*THEN))
    assert "▲2.3" in mail.html and "▲2.3" in mail.text and "new" in mail.text
    assert "▲" not in RENDERER.text(issue("Score"), BRAND)


@pytest.mark.parametrize(
    "known",
    [
        Surroundings(),
        around(*THEN, head=("#", "Model", "Points")),
        Surroundings(tables={("x", "y"): table(*THEN, head=HEAD)}),
    ],
)
def test_without_the_table_or_the_column_before_nothing_is_added(known: Surroundings) -> None:
    assert cells(RENDERER.web(issue("Score"), BRAND, known))[0] == list(HEAD)


def test_a_table_that_asks_for_no_change_shows_none() -> None:
    assert cells(RENDERER.web(issue(""), BRAND, around(*THEN)))[0] == list(HEAD)


def test_bars_and_changes_stand_beside_each_other() -> None:
    doc = document(sections=(section("bench", table(*NOW, head=HEAD, key="coding", change="Score", bars="Score")),))
    assert cells(RENDERER.web(doc, BRAND, around(*THEN)))[0] == ["#", "Model", "Score", "Gap", "Change"]


def test_figures_are_written_as_the_language_writes_them() -> None:
    doc = document(
        language="de", sections=(section("bench", table(("A", "1,5"), head=("M", "S"), key="coding", change="S")),)
    )
    rows = cells(RENDERER.web(doc, BRAND, around(("A", "1,25"), head=("M", "S"))))
    assert rows[1][2] == "▲0,25"


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no column of that title"):
        TableItem(title="T", columns=({"title": "A"},), rows=(), change="B")
