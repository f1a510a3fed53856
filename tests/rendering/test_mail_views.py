"""A finished mail in the dark, without images, and without its style sheets."""

from __future__ import annotations

import re

from newsletter import resources
from newsletter.rendering.mail_views import VIEWS, in_the_dark, without_images, without_style_sheets, without_styles
from newsletter.rendering.renderer import Renderer
from tests.rendering.documents import BRAND, document

MAIL = Renderer(resources.TEMPLATES).email(document(), BRAND, byte_budget=90_000).html
WORDS = re.sub(r"<style\b[^<>]*>[^<]*</style>|<[^<>]*>", "", MAIL)


def test_in_the_dark_its_own_dark_colours_hold_whatever_the_device() -> None:
    dark = in_the_dark(MAIL)
    assert "prefers-color-scheme" in MAIL and "prefers-color-scheme" not in dark
    assert "@media (min-width:0){" in dark and '<meta name="color-scheme" content="dark">' in dark


def test_without_images_their_words_stay() -> None:
    told = without_images('<p><img src="https://x.example/a.png" srcset="b 2x" alt="A pier" width="3"></p>')
    assert told == '<p><img alt="A pier" width="3"></p>'


def test_without_style_sheets_styles_of_elements_stay() -> None:
    bare = without_style_sheets(MAIL)
    assert "<style" in MAIL and "<style" not in re.sub(r"<!--.*?-->", "", bare, flags=re.DOTALL) and ' style="' in bare


def test_without_any_style_nothing_says_how_it_looks_and_links_and_images_stay() -> None:
    bare = without_styles(MAIL)
    told = re.sub(r"<!--.*?-->", "", bare, flags=re.DOTALL)
    assert "<style" not in told
    for name in ("style", "class", "bgcolor", "align", "valign", "cellpadding", "border"):
        assert f' {name}="' not in told
    assert re.findall(r' href="[^"]*"', bare) == re.findall(r' href="[^"]*"', MAIL)
    made = without_styles(
        '<p style="a" title="style=x" align=center><IMG width="3" src="a.png" border=\'0\'><td WIDTH="9">'
    )
    assert made == '<p title="style=x"><IMG width="3" src="a.png"><td>'


def test_no_view_changes_a_word() -> None:
    for view in VIEWS.values():
        assert re.sub(r"<style\b[^<>]*>[^<]*</style>|<[^<>]*>", "", view(MAIL)) == WORDS
