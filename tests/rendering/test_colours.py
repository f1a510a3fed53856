from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.colours import DARK_PAPER, PAPER, contrast, palette


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_any_accent_can_be_read_on_paper_and_in_the_dark(accent):
    colours = palette(accent)
    assert contrast(colours.accent, PAPER) >= 4.5
    assert contrast(colours.dark_accent, DARK_PAPER) >= 7


def test_every_colour_of_words_can_be_read_on_what_it_stands_on():
    colours = palette("#1f5f8b")
    for words in (colours.ink, colours.muted):
        for ground in (colours.paper, colours.tint, colours.ground):
            assert contrast(words, ground) >= 4.5
    for words in (colours.dark_ink, colours.dark_muted):
        for ground in (colours.dark_paper, colours.dark_rule, colours.dark_ground):
            assert contrast(words, ground) >= 4.5
    assert contrast(colours.dark_ink, colours.dark_mark) >= 4.5


def test_what_is_no_colour_does_no_harm():
    assert palette("red;}</style>") == palette("")
