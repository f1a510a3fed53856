from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.language import language_of
from newsletter.rendering.mail_tables import dressed
from newsletter.rendering.markdown import to_html
from tests.rendering.documents import squeezed

ENGLISH = language_of("en")


def mail(text: str, language: str = "en") -> BeautifulSoup:
    return BeautifulSoup(dressed(to_html(text, where="here"), language_of(language)), "lxml")


def markdown(*rows: tuple[str, ...]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


RANKED = markdown(
    ("#", "Model", "SST-2", "MNLI (matched)"),
    ("1", "BERT-large", "94.9", "86.7"),
    ("2", "gpt-5.4-2026-03-05-medium", "90.4", "70"),
)
WIDE = markdown(
    ("#", "Model", "Score", "tok/s", "$/1M", "Context", "License", "Release"),
    ("1", "Claude Opus 4.7", "57.3", "55", "$10.94", "1M", "proprietary", "2026-04-01"),
    ("2", "Kimi **K2.6**", "53.9", "39", "$1.71", "256k", "modified MIT", ""),
)


def classes(cell: Tag) -> list[str]:
    return list(cell.get("class") or [])


def test_ranks_are_narrow_numbers_stay_in_one_line_and_tables_begin_at_the_same_place() -> None:
    one, two = mail(RANKED), mail(markdown(("#", "Model", "Score"), ("1", "A", "65.3%"), ("2", "B", "64.4%")))
    for table in (one, two):
        assert table.find("th")["width"] == "22" and classes(table.find("td")) == ["rk"]
    assert [head.get("width") for head in one.find_all("th")] == ["22", None, "1", "1"]


def test_a_short_word_is_not_broken_at_its_hyphen_and_a_long_name_may_be() -> None:
    cells = {cell.get_text(): classes(cell) for cell in mail(RANKED).find_all(["th", "td"])}
    assert cells["SST-2"] == cells["BERT-large"] == ["w"]
    assert cells["gpt-5.4-2026-03-05-medium"] == cells["MNLI (matched)"] == []


def test_a_table_wider_than_a_phone_becomes_a_record_for_each_row_and_nothing_is_cut() -> None:
    table = mail(WIDE)
    records = [" ".join(cell.get_text().split()) for cell in table.find_all("td")]
    assert records == [
        "1 Claude Opus 4.7Score 57.3 · tok/s 55 · $/1M $10.94 · Context 1M · License proprietary · Release 2026-04-01",
        "2 Kimi K2.6Score 53.9 · tok/s 39 · $/1M $1.71 · Context 256k · License modified MIT",
    ]
    assert table.find("table")["role"] == "presentation" and table.find("strong").get_text() == "Claude Opus 4.7"


def test_columns_of_prose_wrap_and_stay_a_table() -> None:
    prose = "a sentence of many short words that wraps as it likes"
    assert mail(markdown(("One", "Two", "Three"), (prose, prose, prose))).find("div", class_="scroll")


def test_header_cells_begin_where_lines_begin() -> None:
    assert mail(RANKED, "he").find("th")["align"] == "right"


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>no head</td></tr></table>",
        '<table><tr><th colspan="2">a</th></tr><tr><td>1</td><td>2</td></tr></table>',
        "<table><tr><th>a</th><th>b</th></tr><tr><td>one</td></tr></table>",
        "<table></table>",
        "words <table><tr><th>a</th></tr></table> and words",
    ],
)
def test_a_table_that_is_no_grid_keeps_its_words(html: str) -> None:
    assert squeezed(BeautifulSoup(dressed(html, ENGLISH), "lxml").get_text()) == squeezed(
        BeautifulSoup(html, "lxml").get_text()
    )


def test_an_image_alone_in_a_cell_stands_in_its_record() -> None:
    wide = markdown(
        ("Model", "A long heading", "Another long heading", "Third long heading", "Picture"),
        ("a", "words", "words", "words", "![chart](https://a.example/c.png)"),
    )
    soup = mail(wide)
    assert soup.select_one("table.recs img[alt=chart]") is not None


cells = st.text(alphabet="abc de-12.%<&é中", max_size=14)


@given(st.integers(1, 8).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=2, max_size=4)))
@settings(max_examples=60)
def test_every_cell_is_said_whatever_becomes_of_the_table(rows: list[tuple[str, ...]]) -> None:
    escaped = [tuple(cell.replace("&", "&amp;").replace("<", "&lt;") for cell in row) for row in rows]
    head = "".join(f"<th>{cell}</th>" for cell in escaped[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in escaped[1:])
    said = squeezed(BeautifulSoup(dressed(f"<table><tr>{head}</tr>{body}</table>", ENGLISH), "lxml").get_text())
    for row in rows[1:]:
        for cell in row:
            assert squeezed(cell) in said
