from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds.grid import MOST_ROWS, MOST_WIDTH, Grid
from newsletter.sources.kinds.table_html import read_grid
from newsletter.sources.mapping import as_mapping

ADDRESS = "https://board.example/boards/a"


def grid(markup: str, mapping: dict[str, Any] | None = None) -> Grid:
    return read_grid(markup.encode(), ADDRESS, as_mapping(mapping) if mapping else None)


def rows(markup: str) -> list[tuple[object, ...]]:
    return [row.cells for row in grid(markup).rows]


def test_rows_of_titles_are_joined_and_the_lowest_is_enough_where_it_is_the_only_one() -> None:
    found = grid(
        "<table><thead><tr><th rowspan=2>Model<th colspan=2>Resolved<th colspan=2>Pass</tr>"
        "<tr><th>Score<th>Cost<th>Score<th>Time</tr></thead><tr><td>a<td>1<td>2<td>3<td>4</table>"
    )
    assert found.titles == ("Model", "Resolved Score", "Resolved Cost", "Pass Score", "Pass Time")
    assert [found.place(title) for title in ("model", "Cost", "pass  SCORE", "Score", "Time", "Nothing")] == [
        0,
        2,
        3,
        None,
        4,
        None,
    ]


def test_a_title_over_the_whole_table_names_no_column() -> None:
    found = grid("<table><tr><th colspan=2>All of it</tr><tr><th>Model<th>Score ▲▼</tr><tr><td>a<td>1</table>")
    assert found.titles == ("Model", "Score")


def test_a_table_without_a_head_has_its_titles_in_the_first_row() -> None:
    found = grid("<table><tr><td>Model<td>Score<tr><td>a<td>1</table>")
    assert (found.titles, [row.cells for row in found.rows]) == (("Model", "Score"), [("a", "1")])


def test_cells_that_span_fill_their_places() -> None:
    head = "<table><thead><tr><th>A<th>B<th>C</tr></thead><tbody>"
    assert rows(head + "<tr><td rowspan=2>x<td>1<td>2<tr><td>3<td>4<tr><td>y<td colspan=2>n/a</table>") == [
        ("x", "1", "2"),
        ("x", "3", "4"),
        ("y", "n/a", "n/a"),
    ]
    assert rows(head + "<tr><td>x<td rowspan=0>1<td>2<tr><td>y<td>3</tbody><tbody><tr><td>z<td>5<td>6</table>") == [
        ("x", "1", "2"),
        ("y", "1", "3"),
        ("z", "5", "6"),
    ]


def test_rows_that_part_groups_or_repeat_the_titles_are_no_rows() -> None:
    head = "<table><thead><tr><th>A<th>B</tr></thead>"
    assert rows(head + "<tr><td colspan=2>Open models<tr><td>x<td>1<tr><th>A<th>B<tr><td>y<td>2</table>") == [
        ("x", "1"),
        ("y", "2"),
    ]


def test_what_is_hidden_is_not_read() -> None:
    found = grid(
        "<table><tr><th>A<th hidden>H<th>B</tr><tr><td>x<td style='display: none'>h<td>1<tr hidden><td>y<td>2"
        "<tr class='hidden'><td>z<td>3<tr class='hidden md:table-row'><td>w<td>4</table>"
    )
    assert [row.cells for row in found.rows] == [("x", "1"), ("w", "4")]
    assert found.told == ("2 hidden rows are left out",)


def test_what_the_sheet_of_a_page_hides_is_not_read() -> None:
    sheet = (
        "<style>/* .kept{display:none} */ .gone, tr.off, #far { color: red; display: none !important } .back{display:none}"
        "@media print { .kept { display: none } } .back { display: block } .a .kept { display: none }</style>"
    )
    body = (
        "<tr class=kept><td>x<span class=GONE>y</span><td>5<i class=gone>00</i><tr class=off><td>h<td>1<tr id=far><td>h<td>1"
        "<tr class=back><td>z<td>2</table>"
    )
    found = grid(f"{sheet}<table><tr><th>A<th>B</tr>{body}")
    assert [row.cells for row in found.rows] == [("x", "5"), ("z", "2")]
    assert found.told == ("2 hidden rows are left out",)


def test_rows_that_a_script_shows_are_read_where_the_sheet_hides_them_all() -> None:
    assert rows(
        "<style>tbody tr.p{display:none}tr{display:none}.p{display:none}</style><table><tr><th>A<th>B</tr><tr class=p><td>x<td>1</table>"
    ) == [("x", "1")]


def test_a_cell_that_is_there_and_shows_nothing_keeps_its_place() -> None:
    assert rows("<table><tr><th>A<th>B<th>C</tr><tr><td>x<td style='visibility:hidden'>9<td>1</table>") == [
        ("x", "", "1")
    ]


def test_the_foot_of_a_table_is_no_row_of_it() -> None:
    found = grid(
        "<table><thead><tr><th>A<th>B</thead><tbody><tr><td>x<td>1</tbody><tfoot><tr><td>Mean<td>1</tfoot></table>"
    )
    assert [row.cells for row in found.rows] == [("x", "1")]
    assert found.told == ("1 row of the table's foot left out",)


def test_links_begin_at_the_base_that_a_page_names() -> None:
    page = "<head><base href='/m/'></head><table><tr><th>A<th>B</tr><tr><td><a href=x>x</a><td>1</table>"
    assert grid(page).rows[0].links[0] == "https://board.example/m/x"


def test_some_of_the_titles_above_a_column_are_enough_where_only_one_has_them() -> None:
    head = "<tr><th rowspan=3>Model<th colspan=4>All</tr><tr><th colspan=2>EN<th colspan=2>DE</tr><tr><th>Acc<th>F1<th>Acc<th>F1</tr>"
    found = grid(f"<table><thead>{head}</thead><tr><td>a<td>1<td>2<td>3<td>4</table>")
    assert [found.place(title) for title in ("DE Acc", "all en", "EN F1", "F1", "")] == [3, None, 2, None, None]
    assert found.alike("F1") == [2, 4]


def test_rows_beyond_the_bound_are_told() -> None:
    long = "<table><tr><th>A<th>B</tr>" + "<tr><td>a<td>1" * (MOST_ROWS + 10) + "</table>"
    assert grid(long).told == (f"only the first {MOST_ROWS - 1:,} rows are read",)


def test_badges_and_marks_of_notes_are_no_part_of_a_name() -> None:
    head = "<table><tr><th>A<th>B</tr>"
    cell = "<a href='../m/x?a=1'>Heron&nbsp;2</a> <span class='badge-new'>new</span><sup>1</sup><span class=sr-only>link</span>"
    found = grid(
        f"{head}<tr><td>{cell}<td>6<b>5</b>.3<br>%<tr><td><span class=label>Wren</span><td><img alt='2' src=x></table>"
    )
    assert [row.cells for row in found.rows] == [("Heron 2", "65.3 %"), ("Wren", "2")]
    assert found.rows[0].links == ("https://board.example/m/x?a=1", "")


def test_an_address_that_is_none_of_the_web_is_no_link() -> None:
    found = grid(
        "<table><tr><th>A<th>B</tr><tr><td><a href='javascript:x'>x</a><td>1<tr><td><a href='//[x'>y</a><td>2</table>"
    )
    assert [row.links for row in found.rows] == [("", ""), ("", "")]


def test_the_table_is_the_one_that_the_mapping_fits_best_or_that_has_most_figures() -> None:
    page = (
        "<table id=nav><tr><td>Home<td>About<tr><td>a<td>b</table>"
        "<table id=many><tr><th>Model<th>Speed</tr><tr><td>a<td>1<tr><td>b<td>2<tr><td>c<td>3</table>"
        "<table id=score><tr><th>Model<th>Score</tr><tr><td>d<td>9</table>"
    )
    assert grid(page).titles == ("Model", "Speed")
    wished = {"columns": ["Model", {"title": "Score", "type": "number"}]}
    assert grid(page, wished).titles == ("Model", "Score")
    assert grid(page, {**wished, "rows": "#many"}).titles == ("Model", "Speed")
    assert grid(page, {**wished, "rows": "#many tr td:first-child"}).titles == ("Model", "Speed")
    assert grid(f"<main>{page}</main>", {**wished, "rows": "main"}).titles == ("Model", "Score")


def test_a_table_within_a_table_keeps_its_rows() -> None:
    page = "<table><tr><td><table><tr><th>A<th>B</tr><tr><td>x<td>1<tr><td>y<td>2</table></td><td>side</table>"
    assert rows(page) == [("x", "1"), ("y", "2")]


def test_an_answer_has_bounds() -> None:
    wide = "<table><tr>" + "<th>t" * 500 + "<tr>" + "<td colspan=9999999>1" * 3 + "</table>"
    assert len(grid(wide).titles) == MOST_WIDTH
    long = "<table><tr><th>A<th>B</tr>" + "<tr><td>a<td>1" * (MOST_ROWS + 10) + "</table>"
    assert len(grid(long).rows) < MOST_ROWS
    with pytest.raises(BrokenAnswerError, match="too deep"):
        grid("<table><tr><th>A<th>B</tr><tr><td>" + "<div><b>" * 20_000 + "x<td>1</table>")


@pytest.mark.parametrize(
    "page", ["<p>", "<table></table>", "<table><tr><th>A<th>B</table>", "<table><tr><td>a</table>"]
)
def test_a_page_without_a_board_is_refused(page: str) -> None:
    with pytest.raises(BrokenAnswerError, match="no table"):
        grid(page)


@given(st.lists(st.sampled_from(
    ["<tr>", "<td>", "<th>", "<td rowspan=3>", "<td colspan=2>", "<td rowspan=0 colspan=0>", "</tr>", "<thead>", "<tbody>", "<table>", "</table>", "x", "1", "<a href=x>", "<br>"]
), max_size=30))  # fmt: skip
def test_a_grid_is_always_as_wide_as_its_titles(pieces: list[str]) -> None:
    try:
        found = grid("<table>" + "".join(pieces))
    except BrokenAnswerError:
        return
    assert {len(row.cells) for row in found.rows} == {len(found.titles)}
    assert len(set(found.titles)) == len(found.titles)
