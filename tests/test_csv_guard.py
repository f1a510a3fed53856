"""No cell that leaves is a formula, and each comes back as it was."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import newsletter
from newsletter import csv_guard
from newsletter.audience.list_file import read_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]  # noqa: RUF001
CELLS = st.text(
    alphabet=st.one_of(st.sampled_from(["'", " ", *STARTS, '"', ",", ";", "a"]), st.characters(codec="utf-8"))
)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", " ", "  \u00a0"])
def test_a_cell_that_begins_as_a_formula_does_is_text(start: str, before: str) -> None:
    assert csv_guard.guarded(f"{before}{start}HYPERLINK(1)") == f"'{before}{start}HYPERLINK(1)"


@pytest.mark.parametrize("cell", ["", "Ada", "O'Neill", "'tis Ada", "a=b", "1-2", "ada@example.org", "'", "''"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert csv_guard.guarded(cell) == csv_guard.unguarded(cell) == cell


@given(CELLS)
@example("'=1")
@example("''=1")
@example("' =1")
def test_what_went_out_comes_back_however_often(cell: str) -> None:
    once = csv_guard.guarded(cell)
    assert csv_guard.unguarded(once) == cell
    assert csv_guard.unguarded(csv_guard.guarded(csv_guard.unguarded(once))) == cell
    assert not once.lstrip().startswith(tuple(STARTS)) or not once.strip()


@given(
    st.lists(st.lists(CELLS.filter(lambda cell: "\0" not in cell), min_size=2, max_size=2), max_size=4), st.booleans()
)
def test_a_file_that_is_read_again_holds_the_same_cells(rows: list[list[str]], raw: bool) -> None:
    rows = [["someone", *row] for row in rows]
    file = "".join(csv_guard.lines(("email", "name", "note"), rows, raw=raw)).encode()
    back = [list(row.values()) for row in read_csv(io.BytesIO(file), raw=raw)]
    assert back == rows


@given(st.lists(CELLS.filter(lambda cell: "\0" not in cell), max_size=4))
@example(["a;=1+1"])
@example(['a;"=1+1"', "b; \t@x"])
@example(["a\r\n=1+1", 'a,"\n=1'])
@example(["\x1e@", "a\u2028=1"])
def test_where_lists_have_semicolons_no_cell_is_a_formula_either(cells: list[str]) -> None:
    file = "".join(csv_guard.lines(("email", "name"), [["someone", cell] for cell in cells]))
    parted = csv.reader(io.StringIO(file, newline=""), delimiter=";")
    assert [cell for row in parted for cell in row if re.match(r"[^\S\r\n]*[=+\-@＝＋－＠]", cell)] == []  # noqa: RUF001
    for line in re.split(
        r"[\r\n]", file
    ):  # nor where it takes the quotes for text; `str.splitlines` knows ends that no list has
        assert [cell for cell in line.split(";") if re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell)] == []  # noqa: RUF001


@pytest.mark.parametrize("cell", ["a; b", "a;b=c", "one\r\ntwo", "a;'b", "&amp;x", "5.1.1;1-2"])
def test_what_is_no_formula_behind_a_semicolon_stays_as_it_is(cell: str) -> None:
    assert csv_guard.guarded(cell) == csv_guard.unguarded(cell) == cell


@given(st.lists(st.text(alphabet='a ,"\n\r;ü\t', max_size=6), min_size=1, max_size=4))
def test_the_quick_way_writes_what_the_library_writes(cells: list[str]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([csv_guard.guarded(cell) for cell in cells])
    assert next(iter(csv_guard.lines(cells, []))) == written.getvalue().removesuffix("\r\n") + "\n"


def test_numbers_are_no_formulas() -> None:
    assert list(csv_guard.lines(("count",), [[-1], [2.5]])) == ["count\n", "-1\n", "2.5\n"]


def test_raw_is_what_it_says() -> None:
    assert list(csv_guard.lines(("name",), [["=1"]], raw=True)) == ["name\n", "=1\n"]


def test_no_other_file_writes_csv() -> None:
    package = Path(newsletter.__file__).parent
    writing = re.compile(r"csv\.(?:writer|DictWriter)|text/csv")
    found = {str(p.relative_to(package)) for p in package.rglob("*.py") if writing.search(p.read_text("utf-8"))}
    # pages send what `IssueReport.as_csv`, `PublicationNumbers`, `ErrorFiles` and `csv_guard.lines` wrote
    pages = {f"web/desk/{page}.py" for page in ("moving_pages", "numbers", "readers", "statistics")}
    assert found == {"csv_guard.py", *pages}


def test_a_reader_of_csv_sees_the_apostrophe() -> None:
    text = "".join(csv_guard.lines(("name",), [['=HYPERLINK("https://evil.example")']]))
    assert list(csv.reader(io.StringIO(text)))[1] == ['\'=HYPERLINK("https://evil.example")']
