from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.plain_width import columns, wrap


@given(st.text(max_size=300))
def test_wrapped_lines_fit_and_no_word_is_lost(text):
    lines = wrap(text, first="- ", rest="  ", width=30)
    assert all(columns(line) <= 30 or "://" in line or "mailto:" in line.lower() for line in lines)
    assert "".join("".join(lines)[1:].split()) == "".join(text.split())


def test_an_address_is_never_cut():
    address = "https://example.org/" + "a" * 100
    assert address in wrap(f"see {address} there")


def test_what_a_no_break_space_joins_stays_on_one_line():
    assert wrap("aaaa bbbb\u00a0[1]", width=12) == ["aaaa", "bbbb [1]"]
