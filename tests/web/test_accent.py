from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.web.accent import DARK_PAPER, LIGHT_PAPER, accent_css, contrast

colours = st.integers(0, 0xFFFFFF).map("{:06x}".format)


def read(css: str, name: str) -> list[tuple[int, int, int]]:
    found = re.findall(rf"{name}:#(..)(..)(..)", css)
    return [(int(r, 16), int(g, 16), int(b, 16)) for r, g, b in found]


@given(colours)
@settings(max_examples=60)
def test_any_accent_can_be_read_on_both_papers_and_written_on(digits: str) -> None:
    css = accent_css(digits)
    assert css is not None
    light, dark, _ = read(css, "--accent")
    on_light, on_dark, _ = read(css, "--on-accent")
    assert contrast(light, LIGHT_PAPER) >= 4.5
    assert contrast(dark, DARK_PAPER) >= 7
    assert contrast(light, on_light) >= 4.5
    assert contrast(dark, on_dark) >= 4.5


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    css = accent_css("1f5f8b")
    assert css is not None
    assert read(css, "--accent")[0] == (0x1F, 0x5F, 0x8B)


@pytest.mark.parametrize("digits", ["", "fff", "1F5F8B", "1f5f8b0", "zzzzzz", "}body{", "1f5f8b\n"])
def test_anything_but_six_hex_digits_is_refused(digits: str) -> None:
    assert accent_css(digits) is None


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
