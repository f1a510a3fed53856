"""Suppressions by command."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Newsletter


def test_an_address_is_ruled_out_and_back_in(draft: Newsletter) -> None:
    assert draft("suppression", "add", "ada@one.example", "--reason", "by letter", "--json").json == {"added": 1}
    (row,) = draft("suppression", "list", "--json").json
    assert (row["address"], row["reason"], row["publication"]) == ("ada@one.example", "by letter", None)
    assert (
        draft("issue", "send", "today", "--despite", "other-date", "--wait", "--json").json["counts"]["submitted"] == 1
    )
    assert draft("suppression", "remove", "ada@one.example").code == 0
    assert draft("suppression", "remove", "ada@one.example").code == 3
    assert "No address" in draft("suppression", "list").out


def test_a_list_is_ruled_out(daily: Newsletter, folder: Path) -> None:
    (folder / "out.csv").write_text("email\nx@one.example\nnobody\n", encoding="utf-8")
    said = daily("suppression", "import", "out.csv", "--json")
    assert (said.json["added"], said.json["invalid"]) == (1, 1)


def test_a_list_goes_out_and_comes_back(daily: Newsletter, folder: Path) -> None:
    daily("suppression", "add", "x@one.example", "-p", "daily", "--reason", "by letter")
    daily("suppression", "add", "gone@one.example")
    daily("subscriber", "forget", "gone@one.example", "--yes")
    assert daily("suppression", "export", "-o", "out.csv").code == 0
    assert "(erased)" in daily("suppression", "list").out
    assert "gone@one.example" not in (folder / "out.csv").read_text(encoding="utf-8")
    assert daily("suppression", "import", "out.csv", "--json").json["added"] == 0
    daily("suppression", "remove", "x@one.example", "-p", "daily")
    said = daily("suppression", "import", "out.csv", "--json").json
    assert (said["added"], said["invalid"]) == (1, 0)


def test_bad_input_is_told(daily: Newsletter) -> None:
    assert daily("suppression", "add", "nobody").code == 2
    assert daily("suppression", "add", "x@one.example", "-p", "weekly").code == 3
    assert daily("suppression", "add", "x@one.example", "--until", "2020-01-01T00:00Z").code == 2
    assert daily("suppression", "list", "--json").json == []


def test_an_exported_list_holds_no_formula_and_is_read_again(daily: Newsletter, folder: Path) -> None:
    daily("suppression", "add", "=x@one.example", "--reason", "=1+1")
    daily("suppression", "add", "'=y@one.example", "--reason", "'@a")
    assert daily("suppression", "export", "-o", "out.csv").code == 0
    written = (folder / "out.csv").read_text(encoding="utf-8")
    assert "'=x@one.example," in written and ",'=1+1," in written and "''=y@one.example," in written
    told = {(row["address"], row["reason"]) for row in daily("suppression", "list", "--json").json}
    for address in ("=x@one.example", "'=y@one.example"):
        assert daily("suppression", "remove", address).code == 0
    assert daily("suppression", "import", "out.csv", "--json").json["added"] == 2
    assert {(row["address"], row["reason"]) for row in daily("suppression", "list", "--json").json} == told
    assert daily("suppression", "export", "--raw").out.count("\n=x@one.example,") == 1
