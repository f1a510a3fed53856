"""Text of others on one line, and cut to a length."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.cutting import at_word, one_line, printable_line


def test_a_line_is_without_breaks_and_control_signs_and_is_cut_with_a_sign() -> None:
    assert printable_line(" a\r\n\tb\x00\u202e c ") == "a b c"
    assert printable_line("one two three", 8) == "one two…"


def test_what_joins_letters_and_emoji_stays_and_what_nobody_sees_goes() -> None:
    assert printable_line("a\u200bb\u00ad\ue000 \U000e0041") == "ab"
    assert printable_line("\U0001f469\u200d\U0001f4bb") == "\U0001f469\u200d\U0001f4bb"
    assert one_line("a\u200bb \u2066c\u2069\x07") == "a\u200bb c"


@given(st.text(max_size=80), st.integers(2, 40))
def test_a_line_is_one_line_and_no_longer_than_is_said(text: str, most: int) -> None:
    for line in (one_line(text, most), printable_line(text, most), at_word(" ".join(text.split()), most)):
        assert len(line) <= most
        assert line == line.strip()
        assert len(line.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", printable_line(text))
