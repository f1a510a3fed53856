"""What is printed cannot steer the terminal, and JSON stays JSON."""

from __future__ import annotations

import json

import pytest

from newsletter.cli import printing


@pytest.mark.parametrize("rows", [[], [{"a": 1}], [{"a": "é"}, {"a": None}]])
def test_a_list_printed_row_by_row_is_one_json_array(rows: list, capsys: pytest.CaptureFixture[str]) -> None:
    printing.as_json_list(iter(rows))
    assert json.loads(capsys.readouterr().out) == rows


def test_a_remote_answer_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(("reply",), [["550 \x1b[2Jno\x07"]], empty="none")
    assert "\x1b" not in capsys.readouterr().out


def test_columns_are_aligned_by_width_on_screen(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(("a", "b"), [["日本", "x"], ["ab", "y"]], empty="none")
    assert capsys.readouterr().out.splitlines() == ["a     b", "日本  x", "ab    y"]
