"""The words that are underlined: those that a finding names, where they stand on its line."""

from __future__ import annotations

import pytest

from newsletter.issues.preflight.finding import Finding, Fix
from newsletter.issues.preflight.marking import columns_at, columns_of

LINE = "  See [here](https://x.example/) and bit.ly."


@pytest.mark.parametrize(
    ("what", "fix", "marked"),
    [
        ("the words 'here' say nothing", None, "here"),
        ("the address “bit.ly” is shortened", None, "bit.ly"),
        ("the words “here](https://x…” break off", None, "here](https://x"),
        ("nothing is named", None, LINE.strip()),
        ("'gone' is named, and not there", None, LINE.strip()),
        ("'here' is named", Fix(1, "bit.ly", "example.org"), "bit.ly"),
    ],
)
def test_the_words_of_a_finding_are_found_on_its_line(what: str, fix: Fix | None, marked: str) -> None:
    start, end = columns_of(Finding("advise", "rule", what, "lead", "mend it", 1, fix=fix), LINE)
    assert LINE[start - 1 : end - 1] == marked


@pytest.mark.parametrize(("column", "marked"), [(3, "See"), (7, "[here](https://x.example/)"), (6, " [here"), (99, "")])
def test_a_mistake_is_marked_from_its_column_to_the_end_of_the_word(column: int, marked: str) -> None:
    start, end = columns_at(LINE, column)
    assert start == column and LINE[start - 1 : end - 1].startswith(marked)


def test_an_empty_line_has_nothing_to_mark() -> None:
    assert columns_of(Finding("advise", "rule", "x", "lead", "y", 1), "") == (1, 1)
