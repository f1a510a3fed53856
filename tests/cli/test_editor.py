"""Editors by command: the password is never an argument."""

from __future__ import annotations

import io

import pytest

from tests.cli.conftest import Newsletter


def test_an_editor_is_created_with_a_password_from_a_pipe(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("four words of courage\n"))
    said = daily("editor", "create", "Ed@Desk.example", "--password-stdin", "--json")
    assert (said.code, said.json["address"]) == (0, "ed@desk.example")
    assert "courage" not in said.out


def test_a_short_password_and_a_missing_terminal_are_told(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert daily("editor", "create", "ed@desk.example", "--password-stdin").code == 2
    said = daily("editor", "create", "ed@desk.example")
    assert said.code == 2
    assert "--password-stdin" in said.err
