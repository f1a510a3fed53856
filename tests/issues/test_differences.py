"""What became of a text is told by words, with few lines around, and whichever texts they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.differences import MOST_CELLS, Sort, Stretch, compared, counted

TEXTS = st.text(alphabet="ab ,.\n", max_size=80)


def sides(found: list[Stretch]) -> tuple[str, str]:
    """Return both texts as far as they are shown."""
    before = "".join(each.words for each in found if each.sort in (Sort.SAME, Sort.REMOVED))
    after = "".join(each.words for each in found if each.sort in (Sort.SAME, Sort.ADDED))
    return before, after


@given(TEXTS, TEXTS)
def test_both_texts_are_read_from_what_is_shown(one: str, other: str) -> None:
    found = compared(one, other)
    if one.splitlines() == other.splitlines():
        return
    if not any(each.sort is Sort.SKIPPED for each in found):
        assert sides(found) == (one, other)
    assert any(each.sort in (Sort.ADDED, Sort.REMOVED) for each in found)
    assert all(each.words for each in found)


def test_words_are_told_one_by_one() -> None:
    found = compared("We sail at dawn, with two masts.\n", "We sail at noon, with three masts.\n")
    assert [each for each in found if each.sort is not Sort.SAME] == [
        Stretch(Sort.REMOVED, "dawn"),
        Stretch(Sort.ADDED, "noon"),
        Stretch(Sort.REMOVED, "two"),
        Stretch(Sort.ADDED, "three"),
    ]
    assert counted(found) == (2, 2)


def test_lines_far_from_what_differs_are_counted() -> None:
    lines = [f"line {number}\n" for number in range(20)]
    found = compared("".join(lines), "".join([*lines[:10], "new\n", *lines[10:]]))
    assert [each.words for each in found if each.sort is Sort.SKIPPED] == ["8", "8"]
    assert counted(found) == (1, 0)


def test_nothing_is_told_of_texts_that_are_the_same() -> None:
    assert compared("a\nb\n", "a\nb\n") == []


def test_texts_that_share_nothing_cost_no_more_than_they_may() -> None:
    one = "\n".join(f"a{number}" for number in range(60_000))
    other = "\n".join(f"b{number}" for number in range(60_000))
    assert MOST_CELLS < 60_000 * 60_000
    assert [each.sort for each in compared(one, other)] == [Sort.REMOVED, Sort.ADDED]
