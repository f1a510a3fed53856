"""Figures as people write them into cells."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.figures import Figure, read_figure, wrong_bars


@pytest.mark.parametrize(
    ("cell", "point", "value", "decimals"),
    [
        ("60.2", ".", 60.2, 1),
        ("**1,234**", ".", 1234, 0),
        ("≈ 12 %", ".", 12, 0),
        ("$3.50", ".", 3.5, 2),
        ("€ 1'234.5", ".", 1234.5, 1),
        ("120k", ".", 120_000, 0),
        ("1.2M", ".", 1_200_000, 1),
        ("0.873", ",", 0.873, 3),
        ("1.234", ",", 1234, 0),
        ("1,234", ",", 1.234, 3),
        ("60,2", ".", 60.2, 1),
        ("−2.5", ".", -2.5, 1),
        ("60.2 ± 0.3", ".", 60.2, 1),
        ("1,234,567.8", ".", 1234567.8, 1),
        ("12x", ".", 12, 0),
        ("1\\.5", ".", 1.5, 1),
    ],
)
def test_a_figure_is_read_as_it_is_meant(cell: str, point: str, value: float, decimals: int) -> None:
    figure = read_figure(cell, point=point)
    assert figure is not None
    assert (figure.value, figure.decimals) == (pytest.approx(value), decimals)


@pytest.mark.parametrize("cell", ["", "n/a", "–", "none of it", "?"])
def test_a_cell_without_a_number_holds_no_figure(cell: str) -> None:
    assert read_figure(cell) is None


@given(st.text(max_size=60), st.sampled_from([".", ","]))
def test_any_cell_is_a_figure_or_none(cell: str, point: str) -> None:
    assert isinstance(read_figure(cell, point=point), Figure | None)


@given(st.integers(0, 10**9))
def test_a_whole_number_is_itself(number: int) -> None:
    figure = read_figure(f"{number:,}")
    assert figure is not None
    assert figure.value == number


def test_why_no_bars_can_be_drawn_is_said() -> None:
    titles, rows = ["Model", "Score"], [["A", "60.2"], ["B", "n/a"]]
    assert wrong_bars(titles, rows, "", "") == ""
    assert wrong_bars(titles, rows, "Score", "") == ""
    assert "no column of that title; it has Model, Score" in wrong_bars(titles, rows, "Skore", "")
    assert "more than one column" in wrong_bars(["Score", "Score"], rows, "Score", "")
    assert "no cell of that column holds a number" in wrong_bars(titles, rows, "Model", "")
    assert "bars begin at zero, and Score holds -1" in wrong_bars(titles, [["A", "-1"]], "Score", "")
    assert "there are no bars" in wrong_bars(titles, rows, "", "lowest")
