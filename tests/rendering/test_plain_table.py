from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.plain_table import PlainTable, table_lines
from newsletter.rendering.plain_width import columns


def test_columns_are_aligned_by_what_a_terminal_shows():
    table = PlainTable(["Name", "N"], [["中文", "1"], ["abc", "22"]], ["", "right"])
    assert table_lines(table) == ["Name   N", "----  --", "中文   1", "abc   22"]


def test_a_table_too_wide_becomes_records():
    table = PlainTable(["A", "B"], [["x" * 40, "y" * 40], ["1", "2"]], ["", ""])
    assert table_lines(table) == [f"A: {'x' * 40}", f"B: {'y' * 40}", "", "A: 1", "B: 2"]


@given(st.lists(st.lists(st.text(alphabet="ab 中é", max_size=90), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_line_is_wider_than_72_columns(rows):
    table = PlainTable([" ".join(cell.split()) for cell in rows[0]], rows[1:], ["", "right", "center"])
    assert all(columns(line) <= 72 for line in table_lines(table))
