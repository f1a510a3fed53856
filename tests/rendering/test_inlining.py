from __future__ import annotations

import cssutils.util

from newsletter.rendering.inlining import inline


def test_rules_move_into_the_elements_and_the_pages_own_style_stays():
    page = "<!DOCTYPE html><html><head><style>p{top:1px}</style></head><body><p>x</p></body></html>"
    html = inline(page, "p{color:#123456!important}")
    assert html.startswith("<!DOCTYPE html>")
    assert "<style>p{top:1px}</style>" in html and "data-premailer" not in html
    assert 'style="color:#123456 !important"' in html


def test_an_import_is_neither_followed_nor_kept(tmp_path):
    (tmp_path / "a.css").write_text("p{color:red}")
    css = f"@import url(file://{tmp_path}/a.css); @import 'https://127.0.0.1/b.css'; p{{top:1px}}"
    html = inline("<!DOCTYPE html><html><body><p>x</p></body></html>", css)
    assert "red" not in html and "import" not in html and "top:1px" in html


def test_the_fetcher_of_cssutils_answers_nothing(tmp_path):
    (tmp_path / "a.css").write_text("p{color:red}")
    assert cssutils.util._defaultFetcher(f"file://{tmp_path}/a.css") is None
