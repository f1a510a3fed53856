"""Segments by command: kept, counted, listed, removed; mistakes are told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter

LIST = "email,name,Tags,City\nada@one.example,Ada,press,Ulm\nbo@two.example,Bo,press,Bonn\ncy@one.example,Cy,,Ulm\n"


@pytest.fixture
def crowd(daily: Newsletter, folder: Path) -> Newsletter:
    (folder / "list.csv").write_text(LIST)
    assert daily("move-in", "list.csv", "-p", "daily", "--consent", "At the fair").code == 0
    return daily


def test_a_segment_is_added_counted_listed_and_removed(crowd: Newsletter, folder: Path) -> None:
    said = crowd("segment", "add", "Press in Ulm", "--tag", "PRESS", "--field", "city=ulm", "--json")
    assert (said.json["readers"], [each["address"] for each in said.json["first"]]) == (1, ["ada@one.example"])
    (folder / "rule.json").write_text('{"rule": "none", "of": [{"rule": "tag", "key": "press"}]}')
    assert crowd("segment", "add", "Not the press", "--rule", "rule.json", "--json").json["readers"] == 1
    assert (
        crowd("segment", "add", "One", "--domain", "One.example", "--joined-within", "3", "--json").json["readers"] == 2
    )
    assert [each["name"] for each in crowd("segment", "list", "--json").json] == [
        "Not the press",
        "One",
        "Press in Ulm",
    ]
    assert "1 active" in crowd("segment", "show", "Not the press").out
    assert crowd("segment", "remove", "One", "--yes").code == 0
    assert crowd("segment", "show", "One").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no rule is given"),
        (("--field", "city"), "says nothing"),
        (("--field", "shoe=1"), "there is no field"),
        (("--rule", "list.csv"), "not JSON"),
    ],
)
def test_what_is_no_segment_is_told_in_words(crowd: Newsletter, words: tuple[str, ...], said: str) -> None:
    done = crowd("segment", "add", "X", *words)
    assert done.code == 2
    assert said in done.err
