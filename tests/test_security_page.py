"""SECURITY.md says of every secret what its leak costs, and of every promise which test keeps it."""

from __future__ import annotations

import re

import pytest

from newsletter.config import SECRETS
from tests.test_floors import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    section = TEXT.partition(f"## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


PROMISES = rows("What is promised")


@pytest.mark.parametrize(("promise", "kept_by"), PROMISES, ids=[row[0][:40] for row in PROMISES])
def test_every_promise_names_tests_that_are_there(promise: str, kept_by: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", kept_by)
    assert named, promise
    assert [name for name in named if "def test_" not in (ROOT / name).read_text(encoding="utf-8")] == []


def test_every_secret_setting_has_a_row_that_says_what_its_leak_costs_and_how_to_undo_it() -> None:
    leaks = rows("What a leaked thing costs")
    named = " ".join(row[0] for row in leaks)
    assert [name for name in SECRETS if f"NEWSLETTER_{name.upper()}" not in named] == []
    assert [row for row in leaks if len(row) != 3 or not all(row)] == []


@pytest.mark.parametrize(
    "word",
    ["private", "three working days", "Supported", "session cookie", "source of one mail", "root", "malicious editor"],
)
def test_it_says_what_readers_of_such_a_page_look_for(word: str) -> None:
    assert word.lower() in TEXT.lower()


def test_the_readme_leads_to_it() -> None:
    assert "](SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
