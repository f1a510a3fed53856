"""Authors by command."""

from __future__ import annotations

from tests.cli.conftest import Newsletter


def test_an_author_comes_is_changed_is_listed_and_goes(daily: Newsletter) -> None:
    added = daily("author", "add", "ada", "--name", "Ada Example", "--bio", "Writes *here*.", "--json").json
    assert added == {"slug": "ada", "name": "Ada Example", "avatar": "", "bio": "Writes *here*.", "url": ""}
    assert (
        daily("author", "change", "ada", "--url", "https://ada.example/", "--json").json["url"]
        == "https://ada.example/"
    )
    assert [row["slug"] for row in daily("author", "list", "--json").json] == ["ada"]
    assert "Ada Example" in daily("author", "list").out
    assert daily("author", "remove", "ada").code == 0
    assert daily("author", "remove", "ada").code == 3
    assert "No author yet" in daily("author", "list").out


def test_an_address_that_is_none_is_said_with_its_field(daily: Newsletter) -> None:
    said = daily("author", "add", "ada", "--name", "Ada", "--avatar", "face.png")
    assert said.code == 2
    assert "avatar" in said.err
