"""What only looks like a tag is words, and what is left out is told with its line."""

# ruff: noqa: SIM905 - lists of names read best as words
from __future__ import annotations

import contextlib
import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html, to_inline_html
from tests.parts.linear import LIMIT, growth

NAMES = (
    "int set max min log path text list use line view title script style math svg image filter mask switch symbol marker stop "
    "a b i p q s u li td th tr dd dt em br hr code pre div span body head html form input select button option textarea "
    "iframe object embed video audio canvas template slot noscript link meta base area col table caption details summary "
    "think file tool answer String u8 K T V Fn dyn Box Vec Array List Map name version mi mo mn ms annotation desc "
    "animate circle rect polygon g defs foreignObject plaintext xmp noembed noframes applet frame frameset marquee menu data"
).split()
WORDS = st.sampled_from(["drop", "old", "compilers", "paths", "reads", "every", "line", "of", "it"])
VOID = {"br", "hr", "img", "wbr"}


def shown(markdown: str) -> str:
    """Return the characters that a reader sees, without spaces."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", str(to_html(markdown)))))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text", ["C++ adds vector<{}> fast paths.", "Set the <{}> of the page.", "<{}> opens a line.", "No </{}> more."]
)
def test_a_tag_in_a_sentence_is_words_and_takes_nothing_with_it(name: str, text: str) -> None:
    markdown = text.format(name)
    html = str(to_html(f"{markdown}\n\nAnother paragraph.\n\n- one\n- two"))
    assert html.endswith("<p>Another paragraph.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>")
    first = shown(markdown)
    kept = re.sub(r"\s+", "", markdown)
    # a line break, a rule, or a block that begins a line is what Markdown takes it for: HTML without words
    assert first in {kept, kept.replace(f"<{name}>", "").replace(f"</{name}>", "")}
    if name not in VOID and not text.startswith("<"):
        assert first == kept


@pytest.mark.parametrize(
    "text",
    [
        "Array<number>, List<String> and Option<Box<dyn Fn>>",
        "HashMap<K, V> holds Vec<u8>",
        "`Vec<u8>` is code, Vec<u8> is not",
        "std::map<std::string, std::vector<int>> m;",
        "<think> and </think> around <file>main.py</file>",
        "if a<b and c>d then x<y>z",
        "<?php echo 1 ?> and <!DOCTYPE html> and <![CDATA[x]]>",
        "I <3 it, x <- y, a <= b, <> and </>",
        "<user name> and <your-token-here>",
    ],
)
def test_names_that_html_does_not_know_are_words(text: str) -> None:
    assert shown(text) == re.sub(r"\s+", "", text.replace("`", ""))
    assert losses(text) == []
    assert unescape(re.sub(r"<[^>]*>", "", str(to_inline_html(text)))) == text.replace("`", "")


def test_a_cell_takes_no_row_with_it() -> None:
    html = str(to_html("| a | b |\n|---|---|\n| vector<int> | <title> |\n| 1 | 2 |"))
    assert html.count("<tr>") == 3
    assert "<td>vector&lt;int&gt;</td>\n<td>&lt;title&gt;</td>" in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b>bold</b> word", "<p>a <b>bold</b> word</p>"),
        ("H<sub>2</sub>O<br>x", "<p>H<sub>2</sub>O<br>x</p>"),
        ("<div>\n\n*hi*\n\n</div>", "<div>\n<p><em>hi</em></p>\n</div>"),
        ("<b>one\n\ntwo</b>", "<p><b>one</b></p><b>\n</b><p><b>two</b></p>"),
        ("<div>\nvector<int> and <d \n</div>", "<div>\nvector&lt;int&gt; and &lt;d \n</div>"),
        ('<a href="https://x.example/?a<b>c">k</a>', '<p><a href="https://x.example/?a&lt;b&gt;c">k</a></p>'),
        ("<p>one\n<p>two", "<p>one\n</p><p>two</p>"),
        ("<ul>\n<li>a\n<li>b\n</ul>", "<ul>\n<li>a\n</li><li>b\n</li></ul>"),
        (
            "<table><colgroup><col width=9><col></colgroup><tr><td>x</table>",
            "<table><tbody><tr><td>x</td></tr></tbody></table>",
        ),
        ("<pre>\nx\n</pre>\n\ny", "<pre>x\n</pre>\n<p>y</p>"),
        ("<pre> is a tag\n\n*y*", "<p>&lt;pre&gt; is a tag</p>\n<p><em>y</em></p>"),
    ],
)
def test_html_stays_html(text: str, html: str) -> None:
    assert str(to_html(text)) == html


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one\n\n<!-- a\nnote -->\n\ntwo", [Loss(3, "a comment")]),
        ("one\ntwo <!-- note --> three", [Loss(2, "a comment")]),
        ("one\n\n<!-- " + "word " * 5000 + "-->\n\ntwo", [Loss(3, "a comment")]),
        ("one <!-- " + "word " * 5000 + "--> two", [Loss(1, "a comment")]),
        (
            "<div>\n<!-- <img src='http://x.example/y.png'>\n<a href='/z'>a</a> -->\n<i>b</i> <!--> c\n</div>",
            [Loss(2, "a comment"), Loss(4, "a comment")],
        ),
        ("x\n\n<script>\nrun()\n</script>\n\ny", [Loss(3, "<script> and what is in it")]),
        ("x\ny <style>p{}</style>", [Loss(2, "<style> and what is in it")]),
        ("<div>\na\n<svg><path d='x'/><text>t</text></svg>\n</div>", [Loss(3, "<svg> and what is in it")]),
        ("> - a\n>   <input type=text> b", [Loss(2, "<input>")]),
        ("> - a\n>   <input type=checkbox> b", []),
        ("a\nb <span style='display:none'>c <a href='/x'>d</a></span>", [Loss(2, "what is hidden in <span>")]),
        ("<div>\n\n<p hidden>word</p>\n</div>", [Loss(3, "what is hidden in <p>")]),
        (
            "<i style='mso-hide: all'>word</i> <b class='x sr-only'>word</b>",
            [Loss(1, "what is hidden in <i>"), Loss(1, "what is hidden in <b>")],
        ),
        ("<picture><source srcset=x><img src='https://x.example/y.png' alt=z></picture>", []),
        ("<p class=MsoNormal>x<o:p></o:p></p>", []),
        (
            "a\n<a href='https://x.example'> <b></b></a> b",
            [Loss(2, "the link to “https://x.example”, which has no words,")],
        ),
        (
            "<p><a href='https://x.example'></a>a</p>",
            [Loss(1, "the link to “https://x.example”, which has no words,")],
        ),
        ("<a href='https://x.example'>*a*</a> <a href='https://x.example'>`a`</a>", []),
        ("<a href='https://x.example'>![](https://x.example/y.png)</a>", []),
        ("<p><a href='https://x.example'><img src='https://x.example/y.png'></a></p>", []),
        ("<div><a href='https://x.example'>\n\n```\na\n```\n\n</a></div>", []),
        ("| a |\n|---|\n| <!-- c --> |", [Loss(3, "a comment")]),
        ("<!-- never closed\n\nand *on*", []),
        ("no <title> and no <script> here", []),
    ],
)
def test_what_nobody_will_see_is_told_with_its_line(text: str, told: list[Loss]) -> None:
    assert losses(text) == told
    assert "word" not in str(to_html(text))


@given(
    st.lists(
        st.one_of(
            WORDS, st.builds("{}<{}{}>{}".format, WORDS, st.sampled_from(["", "/"]), st.sampled_from(NAMES), WORDS)
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([" ", "\n", "\n\n", "\n- "]),
)
@example(["drop<title>old", "reads</title>it"], "\n\n")
@example(["drop<div>old", "reads</div>it"], " ")
def test_no_word_is_lost_whatever_stands_in_brackets(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    words = re.findall(
        r"[a-z]+(?=[\s<]|$)|(?<=>)[a-z]+", re.sub(r"<[^>]*>", lambda tag: f"<{'x' * len(tag[0])}>", text)
    )
    plain = shown(text)
    if not losses(text):
        position = 0
        for word in words:
            position = plain.find(word, position)
            assert position >= 0, (word, plain)
            position += len(word)


@given(st.text(alphabet="<>/!?-=\"' \nabpi", max_size=60))
def test_any_text_is_read_and_never_gives_a_tag_of_its_own(text: str) -> None:
    html = str(to_html(text))
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {
        "p",
        "a",
        "b",
        "i",
        "br",
        "hr",
        "ul",
        "li",
        "ol",
        "h4",
        "code",
        "pre",
        "blockquote",
        "em",
    }
    losses(text)


@pytest.mark.parametrize(
    "unit",
    [
        "<b>x</b> ",
        "<b>x</b>\n",
        "vec<int> ",
        "<!-- x ",
        "<!-- x -->\n",
        '<a "',
        "</b> ",
        "<title>\n",
        "<div>\n\n",
        "<",
        "<iframe src=x></iframe>\n",
        "<svg>",
    ],
)
@pytest.mark.parametrize("before", ["", "<div>\n"])
def test_time_grows_with_the_length(unit: str, before: str) -> None:
    def read(size: int) -> None:
        text = before + (unit * size)[:size]
        losses(text)
        with contextlib.suppress(InputError):  # too deep
            to_html(text)

    assert growth(read, 3000) < LIMIT
