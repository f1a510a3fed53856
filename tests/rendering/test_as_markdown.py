"""HTML of others as Markdown, and plain words written so that they show as typed."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html  # type: ignore[import-untyped]

from newsletter.rendering.as_markdown import markdown_of
from newsletter.rendering.markdown import to_html
from newsletter.rendering.written_text import escaped, paragraphs


def absolute(address: str) -> str:
    joined = urljoin("https://x.example/a/", address)
    return joined if joined.startswith(("http", "mailto:")) else ""


def shown(markdown: str) -> tuple[str, str]:
    """Return the words that a reader sees of Markdown, and its HTML."""
    html = str(to_html(markdown))
    words = lxml_html.fragment_fromstring(html, create_parent="div").text_content() if html else ""
    return " ".join(words.split()), html


@given(st.text(st.sampled_from(list("*_[]()<>!#=-+|:.&;123ab c{}\"'^@/`~\\\n")), max_size=30))
def test_signs_of_markdown_in_plain_words_show_as_typed(text: str) -> None:
    if "\\" in text or "~" in text or "{" in text:
        text = text.replace("\\", "").replace("~", "").replace("{", "")  # LaTeX begins with these, and is read as such
    words = " ".join(text.split())
    found, html = shown(escaped(text))
    assert found == words
    assert not re.search(r"<(?!/?p>)", html)


@pytest.mark.parametrize(
    "text",
    [
        "# no heading",
        "- no list",
        "1. no list",
        "> no quote",
        "a\n===",
        "| a |\n|---|",
        "::: note",
        "```x",
        "[x] y",
        "![i](u)",
        "<b>x</b>",
        "&amp;",
        ":rocket:",
        "==m==",
        "~~s~~",
        "[^1]",
        r"a\*b",
    ],
)
def test_what_would_be_markdown_shows_as_typed(text: str) -> None:
    assert shown(escaped(text))[0] == " ".join(text.split())


def test_latex_stays_where_it_is_asked_to_and_markdown_beside_it_is_escaped() -> None:
    text = r"We *prove* \textbf{it}: $a_1 * b_1$ rises by 51.9\% in [x](y) and O(n_k)"
    assert (
        paragraphs(text, latex=True) == r"We \*prove\* \textbf{it}: $a_1 * b_1$ rises by 51.9\% in \[x](y) and O(n_k)"
    )


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>So!<a href='/x'>this</a> and <b>so!<a href='/x'>that</a></b></p>", "So\\![this](https://x.example/x) and **so\\![that](https://x.example/x)**"),
        ("<p>10<sup>6</sup> H<sub>2</sub>O</p><pre>one<br>two</pre>", "10⁶ H₂O\n\n```\none\ntwo\n```"),
        ("<p>One <b>bold</b> <i>so</i>.</p><p>Two</p>", "One **bold** *so*.\n\nTwo"),
        ('<a href="/card">The <b>card</b></a> <a href="b?x=(1)">[y]</a>', "[The **card**](https://x.example/card) [\\[y&#93;](<https://x.example/a/b?x=(1)>)"),
        ('<a href="javascript:alert(1)">w</a> <a name="x">n</a> <a href="mailto:a@b.example">m</a>', "w n [m](mailto:a@b.example)"),
        ("a *b* # c<br># d<br>- e<br>1. f", "a \\*b\\* # c\\\n\\# d\\\n\\- e\\\n1\\. f"),
        ("<h2>Head *x*</h2>text", "**Head \\*x\\***\n\ntext"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n\n  - b\n- c"),
        ("<ol start=3><li>x</li><li>y</li></ol>", "3. x\n4. y"),
        ("<blockquote><p>q</p><p>r</p></blockquote>", "> q\n>\n> r"),
        ("<pre>a\n  *b* ```</pre>", "````\na\n  *b* ```\n````"),
        ("<code>a`b*</code>", "``a`b*``"),
        ('x<img src="y.png" alt="pixel">y<script>z</script><style>p{}</style>', "xy"),
        ('<p style="color:red;display: none">no</p><p hidden>no</p><span class="sr-only">no</span>yes', "yes"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a · b\n\n1 · 2"),
        ("1 &lt; 2 &amp;amp; &lt;b&gt;", "1 < 2 \\&amp; \\<b>"),
        ('<b>Note:</b> (<i>x</i>) "<em>y!</em>" a<b>(b)</b>c <b>k</b><i>l</i>', '**Note:** (*x*) "*y!*" a(b)c kl'),
        (r"\frac{1}{2} x{.y}", r"\frac{1}{2} x\{.y}"),
        ("w<b>or</b>d <del>old</del> <b> padded </b>end", "w**or**d ~~old~~ **padded** end"),
        ("", ""),
        ("<p> </p><div></div>", ""),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert markdown_of(html, absolute) == markdown


def test_a_text_nested_too_deeply_is_told_by_its_words() -> None:
    assert markdown_of("<div><b>" * 4_000 + "deep *x*", absolute) == "deep \\*x\\*"


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<i>",
                "</i>",
                "<a href='/x'>",
                "</a>",
                "<li>",
                "<ul>",
                "</ul>",
                "<br>",
                "<pre>",
                "</pre>",
                "<code>",
                "</code>",
                "a ",
                "*",
                "!",
                "_b",
                "`",
                "[",
                "]",
                "# ",
                "<img src=x>",
                "\n\n",
                "&lt;",
                "<table><tr><td>",
                "</table>",
                "<h1>",
                "</h1>",
            ]
        ),
        max_size=25,
    )
)
def test_no_html_makes_a_heading_an_image_or_an_element_of_ours(pieces: list[str]) -> None:
    markdown = markdown_of("".join(pieces), absolute)
    html = str(to_html(markdown))
    assert not re.search(r"<(?:h[1-6]|img|table|sup)\b", html)
    words = lxml_html.fragment_fromstring(html, create_parent="div").text_content() if html else ""
    assert words.count("a") == pieces.count("a ")
    assert words.count("*") == pieces.count("*")  # no sign of ours is seen
