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


def test_a_long_cell_is_neither_cut_nor_folded_however_narrow_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    long = "550 " + "no such reader " * 40 + "here"
    printing.table(("id", "reply"), [[7, long]], empty="none")
    assert capsys.readouterr().out.splitlines() == ["id  reply", f"7   {long}"]


def test_what_looks_like_a_style_or_a_picture_is_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    printing.table(("[b]name", "x"), [["[red]The Daily[/red]", ":smile:"], ["https://a.example/", "7"]], empty="none")
    assert capsys.readouterr().out.splitlines() == [
        "[b]name               x",
        "[red]The Daily[/red]  :smile:",
        "https://a.example/    7",
    ]


def test_without_rows_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(("a", "b"), [], empty="There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"
