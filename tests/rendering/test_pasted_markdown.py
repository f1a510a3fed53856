"""HTML of other programs' clipboards as Markdown: what is meant stays, what they need for themselves goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.errors import InputError
from newsletter.rendering.pasted_markdown import MAX_PASTED, pasted_markdown, table_of
from tests.parts.linear import LIMIT, growth

DOCS = (
    '<meta charset=\'utf-8\'><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr" style="line-height:1.38">'
    '<span style="font-weight:400">Plain </span><span style="font-weight:700">bold</span><span> and </span>'
    '<a href="https://x.example/a"><span style="font-style:italic">a link</span></a></p>'
    '<ul><li dir="ltr"><p><span>One</span></p></li><li><p><span>Two</span></p></li></ul></b>'
)
WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body>words before'
    "<!--StartFragment--><p class=MsoNormal><b>Bold</b> and <i>italic</i><o:p></o:p></p><h2>A heading</h2>"
    "<p class=MsoNormal>2*3*4 &amp; more<o:p></o:p></p><!--EndFragment--></body></html>"
)
SUBSTACK = (
    '<div class="body markup"><h2 class="header-anchor-post">A heading<div><button type="button">Copy</button></div></h2>'
    "<p>Some <em>words</em>.</p><blockquote><p>Quoted</p></blockquote></div>"
)
SHEET = (
    "<google-sheets-html-origin><table><tbody><tr><td>Model</td><td>Score</td></tr><tr><td>A | b</td><td>60.2</td></tr>"
    "<tr><td>B</td></tr></tbody></table>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (DOCS, "Plain **bold** and [*a link*](https://x.example/a)\n\n- One\n- Two"),
        (WORD, "**Bold** and *italic*\n\n**A heading**\n\n2\\*3\\*4 & more"),
        (SUBSTACK, "A heading\n\nSome *words*.\n\n> Quoted"),
        (SHEET, "| Model | Score |\n| :-- | --: |\n| A \\| b | 60.2 |\n| B |  |"),
        ("<p>Before</p><table><tr><th>A</th></tr></table><p>behind</p>", "Before\n\n| A |\n| :-- |\n\nbehind"),
        (
            "<table><tr><th>A|B<th>C<tr><td>1<br>2<td><p>x</p><p>y</p></table>",
            "| A\\|B | C |\n| :-- | :-- |\n| 1 2 | x y |",
        ),
        (
            "<table><tr><th rowspan=2>M<th colspan=2>S<tr><th>a<th>b<tr><td><a href='https://x.example/m'>M1</a><td>-2<td>10<sup>6</sup></table>",
            "| M | S |  |\n| :-- | :-- | :-- |\n| M | a | b |\n| [M1](https://x.example/m) | -2 | 10⁶ |",
        ),
        (
            "<table><tr><th>A<tr><td>x<table><tr><td>in<td>ner</table></table>",
            "| A |\n| :-- |\n| x in · ner |",
        ),
        ("<p>10<sup>6</sup> H<sub>2</sub>O</p><pre>one<br>two</pre>", "10⁶ H₂O\n\n```\none\ntwo\n```"),
        ("<table><tr><td>$|x|$<td>CO$_2$</table>", "| $\\|x\\|$ | CO$_2$ |\n| :-- | :-- |"),
        ("<p>CO$_2$ *and* <code>$x_1$</code> \\%</p>", "CO$_2$ \\*and\\* `$x_1$` &#92;%"),
        (
            "<p>So<sup><a href='#n' id='r'>1</a></sup>.</p><p id='n'><a href='#r'>1</a> A note</p>",
            "So[^1].\n\n[^1]: A note",
        ),
        ('<script>alert(1)</script><p onclick="x()">Safe<img src="https://x.example/p.gif"></p>', "Safe"),
        ('<a href="javascript:alert(1)">words</a>', "words"),
        (
            "<ul><li><p>A</p></li><ul><li><p>B</p></li></ul><li>C</li></ul><ol><li>D</li><ol><li>E</li></ol></ol>",
            "- A\n  - B\n- C\n\n1. D\n   1. E",
        ),
        (
            "<table><tr><td><p>1</p><p>2</p></td><td>a<b>b</b><br>c</td></tr></table>",
            "| 1 2 | a**b** c |\n| :-- | :-- |",
        ),
        (
            '<a href="https://www.google.com/url?q=https://x.example/a%3Fb%3D1&amp;sa=D">words</a>',
            "[words](https://x.example/a?b=1)",
        ),
        (
            "<p><span>x </span><b>bold</b><span></span><span>, y </span><b>er</b><span>st</span></p><p><b>All</b><span></span></p>",
            "x **bold**, y **er**st\n\n**All**",
        ),
        ("", ""),
    ],
    ids=[
        "docs",
        "word",
        "substack",
        "sheet",
        "table-between",
        "cells",
        "spans",
        "nested",
        "raised",
        "latex-in-cells",
        "latex",
        "note",
        "script",
        "address",
        "list-in-list",
        "lines-of-a-cell",
        "google",
        "plain-spans",
        "nothing",
    ],
)
def test_what_is_meant_stays(html: str, markdown: str) -> None:
    assert pasted_markdown(html) == markdown


def test_more_than_is_read_is_refused() -> None:
    with pytest.raises(InputError, match="longer than"):
        pasted_markdown("x" * (MAX_PASTED + 1))


@pytest.mark.parametrize("cell", ["<td colspan=50 rowspan=50>x", "<tr><td rowspan=50>x", "<td><b>$x$</b>", "<td>|"])
def test_time_grows_with_the_length_of_a_table(cell: str) -> None:
    assert growth(lambda size: pasted_markdown(f"<table>{(cell * size)[:size]}</table>"), 20_000) < LIMIT


@given(st.lists(st.lists(st.text("ab|\\*` \n", max_size=5), min_size=2, max_size=2), min_size=2, max_size=4))
def test_a_table_has_the_cells_that_were_pasted(rows: list[list[str]]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(table_of(rows))
    assert tokens[0].type == "table_open"
    assert sum(token.type in {"th_open", "td_open"} for token in tokens) == sum(map(len, rows))
