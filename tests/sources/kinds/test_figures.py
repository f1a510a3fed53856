# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.kinds.figures import point_of, read_cell, value_of


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("65.3% ± 0.9", 65.3), ("65.3 +/- 0.9", 65.3), ("$1.12", 1.12), ("$0,95", 0.95), ("1 234,5", 1234.5), ("1\u00a0234", 1234), ("1'234", 1234), ("120k", 120_000),
        ("1.2M", 1.2e6), ("≈ 12 %", 12), ("~60%", 60), ("-10", -10), ("−3.5", -3.5), ("62.8*", 62.8), ("65.3 [1]", 65.3), ("65.3¹", 65.3), (".5", 0.5), ("1e-3", 0.001),
        ("+4", 4), ("US$ 5", 5), ("5 €", 5), ("EUR 5", 5), ("70 tok/s", 70), ("$11.25/1M", 11.25), ("$10.94 / 1M tokens", 10.94), ("1,234.56", 1234.56), ("1.234,56", 1234.56),
        ("1,23,456", 123456), ("1.234.567", 1234567), ("0.950", 0.95), ("0,950", 0.95), ("5‰", 0.5), ("🥇 1", 1), ("1600 Elo", 1600), ("1.2s", 1.2),
    ],
)  # fmt: skip
def test_a_figure_is_read_as_people_write_it(cell: str, value: float) -> None:
    written = read_cell(cell)
    assert written is not None
    assert value_of(written, ".") == value


@pytest.mark.parametrize(
    "cell",
    ["", "-", "n/a", "abc", "2026-05-07", "1.2.3", "12-15", "3/10", "12 34", "3 7", "1,2.3,4", "1,234,56", "5 May 2026", "10:30", "Gemma 2", "<1", "2nd", "9" * 200],
)  # fmt: skip
def test_what_is_more_or_less_than_one_figure_is_none(cell: str) -> None:
    assert read_cell(cell) is None


@pytest.mark.parametrize(
    ("cells", "point"),
    [
        (["1,234", "2,5"], ","), (["1,234", "2.5"], "."), (["1.234", "2,5"], ","), (["1,234", "1,234,567"], "."), (["1.234", "1.234.567"], ","),
        (["1,234"], "."), (["1.234"], "."), (["$1.12", "$0,95"], "."), ([], "."),
    ],
)  # fmt: skip
def test_a_sign_before_three_digits_is_what_its_column_shows(cells: list[str], point: str) -> None:
    assert point_of([each for cell in cells if (each := read_cell(cell))]) == point


def test_the_table_shows_what_a_column_does_not() -> None:
    column, other = read_cell("1,234"), read_cell("0,5")
    assert column is not None
    assert other is not None
    assert point_of([column], [column, other]) == ","


@given(st.floats(-1e9, 1e9), st.integers(0, 4), st.sampled_from([",", ".", " ", "'", "\u202f"]))
def test_what_is_written_with_thousands_parted_is_read_back(value: float, decimals: int, parting: str) -> None:
    point = "," if parting == "." else "."
    cell = f"{value:,.{decimals}f}".replace(",", "T").replace(".", point).replace("T", parting)
    written = read_cell(cell)
    assert written is not None
    assert value_of(written, point) == pytest.approx(round(value, decimals))
