from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds.grid import MOST_ROWS
from newsletter.sources.kinds.table_csv import read_grid


def cells(content: str | bytes) -> list[tuple[object, ...]]:
    found = read_grid(content.encode() if isinstance(content, str) else content)
    return [found.titles, *(row.cells for row in found.rows)]


@pytest.mark.parametrize(
    "content",
    [
        "Model,Score\na,1\nb,2",
        "Model;Score\r\na;1\r\nb;2\r\n",
        "Model\tScore\na\t1\nb\t2",
        "Model|Score\na|1\nb|2",
        "sep=;\r\nModel;Score\r\na;1\r\nb;2",
        b'\xef\xbb\xbf"Model","Score"\n\n a , 1\nb,2\n\n',
        "Model,Score\na,1\nb,2".encode("utf-16"),
        "Of May 2026\n\nModel,Score\na,1\nb,2",
        "Model,Score\na,1,\nb,2,\n",
        "Of May 2026\nModel,Score\na,1,\nb,2,\n",
    ],
)
def test_a_file_is_read_whatever_stands_between_its_cells(content: str | bytes) -> None:
    assert cells(content) == [("Model", "Score"), ("a", "1"), ("b", "2")]


def test_a_decimal_comma_does_not_part_cells_where_semicolons_do() -> None:
    assert cells("Model;Score;Cost\na;1,5;2,5\nb;1,25;3,5") == [
        ("Model", "Score", "Cost"),
        ("a", "1,5", "2,5"),
        ("b", "1,25", "3,5"),
    ]


def test_letters_of_an_older_charset_are_read() -> None:
    assert cells("Modèle,Note\né,1\nb,2".encode("cp1252"))[1] == ("é", "1")


def test_a_row_that_is_too_long_is_told_and_a_short_one_is_filled_up() -> None:
    found = read_grid(b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n5,6,7")
    assert [row.cells for row in found.rows] == [("1", "2", "3"), ("1", "2", ""), ("1", "2", "3"), ("5", "6", "7")]
    assert found.told == ("row 3 has 4 cells, the header 3: it is left out",)


def test_a_header_that_is_narrower_than_its_rows_is_still_the_header() -> None:
    found = read_grid(b"Model,Score,Votes\na,1,1,234\nb,2,2,345\nc,3,456\n")
    assert found.titles == ("Model", "Score", "Votes")
    assert [row.cells for row in found.rows] == [("c", "3", "456")]
    assert found.told == tuple(f"row {row} has 4 cells, the header 3: it is left out" for row in (1, 2))


def test_two_words_above_a_wider_header_are_no_header() -> None:
    assert cells("Exported,by us\nModel,Score,Cost\na,1,2\nb,2,3")[0] == ("Model", "Score", "Cost")


def test_titles_differ() -> None:
    assert cells("Score,Score,\n1,2,3\n1,2,3")[0] == ("Score", "Score (2)", "column 3")


def test_a_file_has_bounds() -> None:
    found = read_grid(b"a,b\n" + b"1,2\n" * (MOST_ROWS + 10))
    assert len(found.rows) == MOST_ROWS
    assert found.told == (f"only the first {MOST_ROWS + 1:,} rows are read",)
    assert "reading ended at line 2" in read_grid(b"a,b\n1," + b"x" * 200_000 + b"\n").told[0]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"words", b"one\ntwo", b"\x00\x00"])
def test_what_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        read_grid(content)


WORD = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)


@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=2, max_size=6), st.sampled_from(",;\t|"))
def test_what_a_writer_of_csv_quoted_is_read_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("one", "two", "three"), *rows])
    assert cells(written.getvalue())[1:] == rows
