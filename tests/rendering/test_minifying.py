from __future__ import annotations

import re
from html import escape, unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


def shown(html: str) -> list[str]:
    """Return the words of the text, and the values that a reader is shown, as they are."""
    words = " ".join(unescape(re.sub(r"<[a-zA-Z/](?:[^<>\"]|\"[^\"]*\")*>", " ", html)).split())
    return [words, *(unescape(value) for value in re.findall(r' (?:alt|title|href)="([^"]*)"', html))]


LOOKS_LIKE_MARKUP = st.lists(
    st.sampled_from(
        [
            'style="',
            "class=",
            'class="x y"',
            "; ",
            ' style="a: b; "',
            "<td>",
            "<p >",
            "<pre>",
            "-->",
            "&",
            ">",
            '"',
            " ",
            "  ",
            "w",
        ]
    ),
    max_size=8,
).map("".join)


@given(LOOKS_LIKE_MARKUP, LOOKS_LIKE_MARKUP)
@example('write style="color: red; " here', "w")
@example("w", ' class="x y"  two  spaces')
@example("", " class=")
def test_words_and_values_that_look_like_markup_stay_as_they_are(words: str, value: str) -> None:
    text, shielded = escape(words, quote=False), escape(value)
    html = f'<div class="x y" style="a: b; c: d;">{text} <img alt="{shielded}" title="{shielded}"> <a href="{shielded}">{text}</a></div>'
    small = minify(html, keep_classes=frozenset({"x"}))
    assert shown(small) == shown(html)
    assert small.startswith('<div class="x" style="a: b;c: d">')


@pytest.mark.parametrize(
    "code", ['<code>a class="b" c</code>', "<b>p</b> style=x", "a &lt;td&gt; b", "x &lt;p class=y&gt; z"]
)
def test_code_about_markup_stays_as_it_is(code: str) -> None:
    assert minify(f"<p>{code}</p>") == f"<p>{code}</p>"
