# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.parsing import parse_issue
from newsletter.model.document import Align, Document, Section, SectionKind, TableItem
from newsletter.rendering.language import language_of
from newsletter.rendering.markdown_file import write_markdown
from newsletter.sources.boards import (
    BoardFrame,
    EarlierBoard,
    board_item,
    change_words,
    kept_rows,
    rows_to_keep,
)
from newsletter.sources.found import FoundTable
from newsletter.sources.mapping import as_mapping
from tests.parts.source_samples import sample
from tests.sources.boards import CODING, INDEX, read

DAY = date(2026, 5, 9)
FRAME = BoardFrame("Intelligence Index", "Index", DAY)


def index(day: int) -> FoundTable:
    found = read(sample(f"leaderboard-index-day{day}.json"), INDEX).table
    assert found is not None
    return found


def board(*rows: tuple[str, float | None], mapping: dict[str, Any] | None = None) -> FoundTable:
    given = mapping or {"rank": "#", "columns": ["Model", {"title": "Score", "type": "number", "direction": "highest"}]}
    columns = tuple(column.model_dump() for column in as_mapping(given).columns)
    return FoundTable(columns, tuple((name.casefold(), (name, score)) for name, score in rows))


SIMPLE = as_mapping({"rank": "#", "columns": ["Model", {"title": "Score", "type": "number", "direction": "highest"}]})


def earlier(day: date, found: FoundTable) -> EarlierBoard:
    return EarlierBoard(day, kept_rows(json.loads(json.dumps(rows_to_keep(found)))))


def test_the_first_issue_has_the_rows_as_the_seed_writes_them() -> None:
    item = board_item(index(1), as_mapping(INDEX), FRAME)
    assert [column.title for column in item.columns] == ["#", "Model", "Score", "tok/s", "$/1M"]
    assert [column.align for column in item.columns] == [Align.RIGHT, Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT]
    assert item.rows == (
        ("1", "Heron 2", "60.2", "70", "$11.25"),
        ("2", "Osprey 4.7", "57.3", "55", "$10.94"),
        ("3", "Plover 3.1 Preview", "57.2", "120", "$4.50"),
        ("4", "Heron 1", "56.8", "76", "$5.63"),
        ("5", "Wren K2", "53.9", "39", "$1.71"),
    )
    assert item.note == "Source: [Artificial Analysis](<https://artificialanalysis.ai/>), May 9, 2026."
    assert item.attributes == {"as-of": "2026-05-09"}


def test_the_coding_board_has_its_three_columns() -> None:
    found = read(sample("leaderboard-coding.csv"), CODING).table
    assert found is not None
    item = board_item(found, as_mapping(CODING), FRAME)
    assert [column.title for column in item.columns] == ["#", "Model", "Score"]
    assert item.rows == (
        ("1", "Heron 2", "65.3%"),
        ("2", "plover-3.1, medium", "64.4%"),
        ("3", "Wren K2", "62.8%"),
        ("4", "Rookery (agent)", "62.8%"),
    )
    assert item.note == "Source: Index, May 9, 2026."


def test_what_changed_since_the_last_issue_is_told_by_key() -> None:
    frame = BoardFrame("Index", "Index", DAY, last_issue=date(2026, 5, 8))
    item = board_item(index(2), as_mapping(INDEX), frame, [earlier(date(2026, 5, 8), index(1))])
    assert [(row[0], row[1], row[-1]) for row in item.rows] == [
        ("1", "Heron 2", "–"),
        ("2", "Kite 1", "new"),
        ("3", "Plover 3.1", "–"),  # was called otherwise, under the same key
        ("4", "Osprey 4.7", "▼ down 2"),
        ("5", "Heron 1", "▼ down 1"),
    ]
    assert item.columns[-1].title == "Change"


def test_the_last_issue_is_what_is_compared_with_and_not_yesterday() -> None:
    first, second = board(("A", 1.0), ("B", 0.5)), board(("B", 2.0), ("A", 1.0))
    days = [earlier(DAY - timedelta(days=3), first), earlier(DAY - timedelta(days=1), second)]
    frame = BoardFrame("Index", "Index", DAY, last_issue=DAY - timedelta(days=2))
    assert [row[-1] for row in board_item(second, SIMPLE, frame, days).rows] == ["▲ up 1", "▼ down 1"]
    frame = BoardFrame("Index", "Index", DAY, last_issue=DAY - timedelta(days=1))
    assert [row[-1] for row in board_item(second, SIMPLE, frame, days).rows] == ["–", "–"]
    frame = BoardFrame("Index", "Index", DAY, last_issue=DAY - timedelta(days=9))
    assert [column.title for column in board_item(second, SIMPLE, frame, days).columns] == ["#", "Model", "Score"]


def test_a_change_is_said_in_the_language_of_the_publication() -> None:
    german = language_of("de")
    assert change_words(1, 3, german) == f"▲ {german.gettext('up %(places)s') % {'places': '2'}}"
    assert change_words(1, 3, german) != change_words(1, 3)


def test_a_board_that_has_not_changed_for_a_week_says_of_which_day_it_is() -> None:
    found = board(("A", 1.0))
    week = replace(FRAME, since=DAY - timedelta(days=7))
    assert board_item(found, SIMPLE, week).note == "Source: Index, May 9, 2026."
    item = board_item(found, SIMPLE, replace(FRAME, since=DAY - timedelta(days=8)))
    assert item.note == "Source: Index, as of May 1, 2026."
    assert item.attributes == {"as-of": "2026-05-01"}
    assert board_item(found, SIMPLE, FRAME).attributes == {"as-of": "2026-05-09"}


def test_only_the_first_rows_are_mailed_and_equal_figures_share_their_rank() -> None:
    found = board(("A", 2.0), ("B", 2.0), ("C", 1.0), ("D", None))
    frame = BoardFrame("Index", "Index", DAY, mailed=3)
    assert [row[0] for row in board_item(found, SIMPLE, frame).rows] == ["1", "1", "3"]
    assert board_item(found, SIMPLE, BoardFrame("I", "I", DAY)).rows[3] == ("4", "D", "–")


def test_words_of_others_stay_words() -> None:
    found = board(("**bold** [x](https://x.example) | <b>", 1.0))
    frame = BoardFrame("Index", "A [b](c) *d*", DAY, source_url="https://x.example/a_b")
    item = board_item(found, SIMPLE, frame)
    assert item.rows[0][1] == r"\*\*bold\*\* \[x\](https:&#47;&#47;x.example) | \<b>"
    assert item.note == r"Source: [A \[b\](c) \*d\*](<https://x.example/a_b>), May 9, 2026."
    bad = BoardFrame("Index", "A", DAY, source_url="javascript:alert(1)")
    assert board_item(found, SIMPLE, bad).note == "Source: A, May 9, 2026."


@pytest.mark.parametrize("kept", [None, 7, [1], [["a"]], [[1, []]], [["a", 7]], {}])
def test_a_snapshot_that_keeps_no_rows_has_none(kept: Any) -> None:
    assert kept_rows(kept) == ()


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, st.floats(allow_nan=False, allow_infinity=False) | st.none()), min_size=1, max_size=6))
def test_any_board_makes_an_item_that_is_written_to_a_file_and_read_back(rows: list[tuple[str, float | None]]) -> None:
    item = board_item(board(*rows), SIMPLE, FRAME)
    section = Section(title="Boards", slug="boards", kind=SectionKind.TABLES, items=(item,))
    document = Document(publication="p", title="T", slug="s", date=DAY, subject="T", sections=(section,))
    again = parse_issue(write_markdown(document))
    assert again.sections[0].items[0] == item
    assert isinstance(item, TableItem)
