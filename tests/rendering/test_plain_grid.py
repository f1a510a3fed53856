"""Values of an HTML table stay under their heads, whatever spans what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.markdown import to_html
from newsletter.rendering.plain_blocks import block_lines
from newsletter.rendering.plain_links import LinkNumbers


def lines(html: str) -> list[str]:
    return block_lines(to_html(html), LinkNumbers(str))


def test_heads_that_span_columns_and_rows_are_said_of_each_column() -> None:
    html = "<table><tr><th rowspan=2>Model<th colspan=2>Scores<tr><th>A<th>B<tr><td>m1<td>1<td>2</table>"
    assert lines(html) == ["Model  Scores A  Scores B", "-----  --------  --------", "m1     1         2"]


def test_a_cell_that_spans_rows_stands_in_each() -> None:
    html = "<table><tr><th>a<th>b<tr><td rowspan=2>x<td>1<tr><td>2</table>"
    assert lines(html) == ["a  b", "-  -", "x  1", "x  2"]


def test_a_cell_that_spans_columns_stands_once_and_the_next_under_its_head() -> None:
    html = "<table><tr><th>a<th>b<th>c<tr><td colspan=2>long words<td>3<tr><td>1<td>2<td>3</table>"
    assert lines(html) == ["a  b        c", "-  -------  -", "long words  3", "1  2        3"]


def test_several_blocks_in_a_cell_stay_apart() -> None:
    html = "<table><tr><th>a<th>b<tr><td><p>one</p><p>two.</p><p>three</p><td><ul><li>x<li>y</ul></table>"
    assert lines(html)[2] == "one; two. three  x; y"


def test_a_record_names_all_heads_of_a_cell() -> None:
    html = f"<table><tr><th>a<th>b<th>c<tr><td colspan=2>{'x ' * 40}<td>3<tr><td colspan=3>all</table>"
    assert lines(html)[0].startswith("a / b: x x") and "c: 3" in lines(html) and lines(html)[-1] == "all"


@pytest.mark.parametrize("span", ["colspan=999", "rowspan=999", "colspan=999 rowspan=999", "colspan=0", "rowspan=x"])
def test_a_span_without_measure_costs_little(span: str) -> None:
    html = "<table>" + f"<tr><td {span}>a<td {span}>b" * 300 + "</table>"
    assert "".join(lines(html)).count("b") >= 300


def test_a_wide_table_of_heads_alone_keeps_them() -> None:
    html = "<table><tr>" + "".join(f"<th>{'x' * 30}{n}" for n in range(4)) + "</table>"
    assert [line[-1] for line in lines(html)] == ["0", "1", "2", "3"]


CELLS = st.builds(
    "<{0} colspan={1} rowspan={2}>{3}</{0}>".format,
    st.sampled_from(["td", "th"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["one", "two", "<p>three</p><p>four</p>"]),
)


@given(st.lists(st.lists(CELLS, max_size=4).map(lambda cells: f"<tr>{''.join(cells)}</tr>"), min_size=1, max_size=5))
def test_no_word_of_any_table_is_lost(rows: list[str]) -> None:
    said = " ".join(lines(f"<table>{''.join(rows)}</table>"))
    for word in ("one", "two", "three", "four"):
        assert (word in said) == (word in "".join(rows))
