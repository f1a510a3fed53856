from __future__ import annotations

from newsletter.rendering.minifying import minify


def test_spaces_between_blocks_go_and_between_words_stay():
    assert minify("<p>\n a <b>b</b>\n <i>c</i> </p>\n <p>d</p>") == "<p>a <b>b</b> <i>c</i></p><p>d</p>"


def test_conditionals_and_code_stay_as_they_are():
    html = "<!--[if mso]>\n <table>  <![endif]--><pre>a\n  b</pre>"
    assert minify(html) == html


def test_only_the_classes_that_styles_need_stay():
    assert (
        minify('<b class="x y">a</b><b class="y">b</b>', keep_classes=frozenset({"x"})) == '<b class="x">a</b><b>b</b>'
    )
