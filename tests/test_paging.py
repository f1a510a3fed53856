"""A list is shown page by page, each row once, and a mark in the address comes back as it went."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.paging import (
    IssueMark,
    ItemMark,
    cut,
    read_issue_mark,
    read_item_mark,
    write_issue_mark,
    write_item_mark,
)

numbers = st.integers(0, 10**18 - 1)


@given(st.builds(IssueMark, st.dates(), numbers))
@settings(max_examples=30)
def test_an_issue_mark_comes_back_as_it_went(mark: IssueMark) -> None:
    assert read_issue_mark(write_issue_mark(mark)) == mark


@given(st.builds(ItemMark, st.dates(), numbers, numbers, numbers))
@settings(max_examples=30)
def test_an_item_mark_comes_back_as_it_went(mark: ItemMark) -> None:
    assert read_item_mark(write_item_mark(mark)) == mark


def test_nothing_is_no_mark() -> None:
    assert read_issue_mark("") is None
    assert read_item_mark("") is None


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=100)
def test_any_other_text_is_a_clear_error(text: str) -> None:
    for read in (read_issue_mark, read_item_mark):
        with pytest.raises(InputError) as caught:
            read(text)
        assert caught.value.remedy


@pytest.mark.parametrize("text", ["2026-13-01.1", "2026-02-30.1", "2026-03-01", "2026-03-01.1.2", "2026-03-01.-1", "x"])
def test_a_mark_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_issue_mark(text)


def test_a_number_larger_than_any_id_is_refused() -> None:
    with pytest.raises(InputError):
        read_issue_mark(f"{date(2026, 1, 1)}.{10**18}")


@given(st.integers(0, 40), st.integers(1, 10))
def test_page_by_page_every_row_is_shown_once_in_its_order(count: int, size: int) -> None:
    shown: list[int] = []
    after: int | None = 0
    for _ in range(count + 1):
        if after is None:
            break
        rows, after = cut([n for n in range(1, count + 1) if n > after][: size + 1], size, lambda last: last)
        assert len(rows) <= size
        shown += rows
    assert after is None
    assert shown == list(range(1, count + 1))
