from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.inline_styles import hides, meanings


@pytest.mark.parametrize(
    ("style", "meant"),
    [
        ("font-weight:700", {"bold"}),
        ("font-weight: bold !important; color:red", {"bold"}),
        ("font-weight:400;font-style:normal", {"regular", "upright"}),
        ("FONT-WEIGHT:BOLDER;font-weight:normal", {"regular"}),
        ("font-style:italic;text-decoration:underline line-through", {"italic", "struck"}),
        ("text-decoration-line:line-through", {"struck"}),
        ("font: italic bold 12px/30px Georgia, serif", {"italic", "bold"}),
        ('font:7.0pt "Times New Roman"', set()),
        ("vertical-align:super;font-size:0.6em", {"raised"}),
        ("vertical-align:sub", {"lowered"}),
        ("text-align:center", {"center"}),
        ("display:none", {"hidden"}),
        ("visibility:hidden", {"hidden"}),
        ("mso-hide:all", {"hidden"}),
        ("display:block;visibility:visible", set()),
        ("x-font-weight:bold;--display:none", set()),
        ("font-weight", set()),
        ("", set()),
    ],
)
def test_a_style_means_what_a_reader_would_see(style: str, meant: set[str]) -> None:
    assert meanings(style) == meant


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        (" hidden", True),
        (" hidden=''", True),
        (' style="color:red;display:none"', True),
        (" class='x sr-only'", True),
        (' aria-hidden="true"', False),
        (' data-hidden="x" title="hidden"', False),
        (' class="hidden-xs"', False),
    ],
)
def test_what_hides_a_tag(attributes: str, hidden: bool) -> None:
    assert hides(attributes) is hidden


@given(st.text(alphabet="abc:;- !fontweight", max_size=80))
def test_any_style_is_read(style: str) -> None:
    meanings(style)
