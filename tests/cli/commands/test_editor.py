"""Editors by command: the password is never an argument."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from newsletter.accounts.sessions import Brought, Visit
from newsletter.bootstrap import wire
from newsletter.config import Settings
from newsletter.errors import InputError
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


ED, NEW = "ed@desk.example", "another four words entirely"


@pytest.fixture
def ed(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> Newsletter:
    """Commands, with an editor."""
    monkeypatch.setattr("sys.stdin", io.StringIO("four words of courage\n"))
    assert daily("editor", "create", ED, "--name", "Ed", "--password-stdin").code == 0
    return daily


def _sign_in(folder: Path, password: str) -> bool:
    settings = Settings(data_dir=folder / "data", _env_file=None)
    parts = wire(settings)
    sign_in = parts.sign_in
    try:
        admission = sign_in.admit(address=ED, ip="", brought=Brought())
        sign_in.authenticate(
            admission, address=ED, password=password, visit=Visit("Firefox on Linux", ""), brought=Brought()
        )
    except InputError:
        return False
    finally:
        parts.close()
    return True


def test_editors_are_listed_with_their_standing_and_sessions(ed: Newsletter, folder: Path) -> None:
    assert _sign_in(folder, "four words of courage")
    (row,) = ed("editor", "list", "--json").json
    assert (row["address"], row["name"], row["standing"], row["sessions"]) == (ED, "Ed", "able", 1)
    assert "hash" not in str(row)
    assert ED in ed("editor", "list").out


def test_without_editors_the_list_says_how_to_make_one(daily: Newsletter) -> None:
    assert "newsletter editor create" in daily("editor", "list").out
    assert daily("editor", "list", "--json").json == []


def test_a_new_password_signs_out_and_replaces_the_old(
    ed: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _sign_in(folder, "four words of courage")
    monkeypatch.setattr("sys.stdin", io.StringIO(NEW + "\n"))
    said = ed("editor", "password", ED, "--password-stdin")
    assert said.code == 0
    assert NEW not in said.out + said.err
    assert ed("editor", "list", "--json").json[0]["sessions"] == 0
    assert (_sign_in(folder, "four words of courage"), _sign_in(folder, NEW)) == (False, True)


@pytest.fixture
def two(ed: Newsletter, monkeypatch: pytest.MonkeyPatch) -> Newsletter:
    """Commands, with another owner beside."""
    monkeypatch.setattr("sys.stdin", io.StringIO("five words of much courage\n"))
    assert ed("editor", "create", "bo@desk.example", "--password-stdin").code == 0
    return ed


def test_an_editor_is_signed_out_disabled_enabled_and_removed(two: Newsletter, folder: Path) -> None:
    assert _sign_in(folder, "four words of courage")
    assert two("editor", "sign-out", ED).code == 0
    assert two("editor", "list", "--json").json[0]["sessions"] == 0
    assert two("editor", "disable", ED).code == 0
    assert two("editor", "list", "--json").json[0]["standing"] == "disabled"
    assert not _sign_in(folder, "four words of courage")
    assert two("editor", "enable", ED).code == 0
    assert _sign_in(folder, "four words of courage")
    assert two("editor", "remove", ED, "--yes").code == 0
    assert [row["address"] for row in two("editor", "list", "--json").json] == ["bo@desk.example"]


@pytest.mark.parametrize("step", [["disable"], ["remove", "--yes"], ["role", "writer"], ["role", "--take"]])
def test_the_last_owner_stays(ed: Newsletter, step: list[str]) -> None:
    command, *more = step
    said = ed("editor", command, ED, *more)
    assert (said.code, "the last owner" in said.err) == (4, True)
    (row,) = ed("editor", "list", "--json").json
    assert (row["standing"], row["roles"]) == ("able", [{"role": "owner", "publication": None}])


def test_a_role_is_given_on_a_publication_and_taken_again(two: Newsletter) -> None:
    assert two("editor", "role", ED, "writer", "-p", "daily").code == 0
    assert two("editor", "role", ED, "--take").code == 0
    row = two("editor", "list", "--json").json[0]
    assert row["roles"] == [{"role": "writer", "publication": "daily"}]
    assert "writer of daily" in two("editor", "list").out
    assert two("editor", "role", ED, "--take", "-p", "daily").code == 0
    assert two("editor", "list", "--json").json[0]["roles"] == []
    assert two("editor", "role", ED, "writer", "-p", "nowhere").code == 3


@pytest.mark.parametrize("words", [[], ["writer", "--take"], ["emperor"]])
def test_a_role_that_is_none_is_told_in_words(two: Newsletter, words: list[str]) -> None:
    said = two("editor", "role", ED, *words)
    assert said.code == 2
    assert "writer" in said.err


def test_removing_asks_first(ed: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert ed("editor", "remove", ED).code != 0
    assert len(ed("editor", "list", "--json").json) == 1


@pytest.mark.parametrize("step", ["password", "sign-out", "disable", "enable", "remove", "role"])
def test_an_editor_who_is_not_there_is_told(daily: Newsletter, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(NEW + "\n"))
    more = {"password": ["--password-stdin"], "remove": ["--yes"], "role": ["writer"]}.get(step, [])
    said = daily("editor", step, "nobody@desk.example", *more)
    assert said.code == 3
    assert "newsletter editor list" in said.err
