from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.colours import PAPER, contrast
from newsletter.web.accent import DARK_PAPER, accent_css

colours = st.integers(0, 0xFFFFFF).map("{:06x}".format)


def read(css: str, name: str) -> list[str]:
    return re.findall(rf"{name}:(#[0-9a-f]{{6}})", css)


@given(colours)
@settings(max_examples=60)
def test_any_accent_can_be_read_on_both_papers_and_written_on(digits: str) -> None:
    css = accent_css(digits)
    assert css is not None
    light, dark, _ = read(css, "--accent")
    on_light, on_dark, _ = read(css, "--on-accent")
    assert contrast(light, PAPER) >= 4.5
    assert contrast(dark, DARK_PAPER) >= 7
    assert contrast(light, on_light) >= 4.5
    assert contrast(dark, on_dark) >= 4.5


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    css = accent_css("1f5f8b")
    assert css is not None
    assert read(css, "--accent")[0] == "#1f5f8b"


@pytest.mark.parametrize("digits", ["", "fff", "1F5F8B", "1f5f8b0", "zzzzzz", "}body{", "1f5f8b\n"])
def test_anything_but_six_hex_digits_is_refused(digits: str) -> None:
    assert accent_css(digits) is None


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
