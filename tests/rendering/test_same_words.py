"""Mail, text and web page show the same characters, whatever Markdown an editor writes."""

# ruff: noqa: SIM905 - lists of names read best as words
from __future__ import annotations

import re
import unicodedata

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.model.document import TextItem
from newsletter.rendering.markdown import losses, to_html
from tests.rendering.documents import BRAND, RENDERER, document, section, squeezed

BEGIN, END = "beginshere", "endshere"
PIECES = st.sampled_from(
    [
        *(
            "words",
            "reads",
            "Größe",
            "数据",
            "שלום",
            "naïve",
            "2.5",
            "x",
            "it's",
            "a & b",
            "R&D",
            "3 < 4",
            "5 > 2",
            "<think>",
        ),
        *(
            "vector<int>",
            "List<P>",
            "<b>bold</b>",
            "<td>",
            "<title>",
            "H<sub>2</sub>O",
            "**strong**",
            "*em*",
            "`code <td>`",
        ),
        *(
            '`class="x"`',
            'style="a: b; "',
            ' class="x y" ',
            "~~old~~",
            "[link](https://a.example/?q=1)",
            "https://b.example/x",
            '"q"',
        ),
        *(
            "\\*",
            "\\<",
            "&lt;",
            "&amp;",
            "&copy;",
            "&nbsp;",
            "—",
            "…",
            "$5",
            "100 %",
            "a_b_c",
            "C++",
            "#1",
            "1. ",
            "- ",
            "> ",
            "# ",
        ),
        *(
            "\n",
            "\n\n",
            "\n- ",
            "\n1. ",
            "\n> ",
            "\n\n    code  line\n\n",
            "\n```\na < b\n```\n",
            "\n\n| a | b |\n|---|--:|\n| 1 | <x> |\n\n",
        ),
        *(
            "<pre>x  y</pre>",
            "<blockquote>q</blockquote>",
            "<div>d</div>",
            "\n\n<p>one<p>two\n\n",
            "</p>",
            "</td>",
            "<!-- note -->",
            "  \n",
        ),
        *(
            "[^n]",
            "\n\n[^n]: a note\n\n",
            "==marked==",
            "a==b",
            "\n- [ ] task",
            "\n> [!NOTE]\n> told\n\n",
            ":rocket:",
            "10:30:45",
            "$x_1$",
            "\\cite{a}",
            "![tree](https://c.example/t.png)",
        ),
    ]
)
HTML_TAGS = [
    *"p div section article aside figure figcaption details summary header footer nav address center fieldset legend blockquote".split(),
    *"ul li ol h2 h5 table td th caption b i strike s sup sub mark code pre span button label ruby rt".split(),
    *(
        "b style='font-weight:normal'",
        "span style='font-weight:700;font-style:italic'",
        "div style='text-decoration:line-through'",
    ),
    *(
        "span style='display:none'",
        "div hidden",
        "p style='text-align:center'",
        "a href='#n' id='r'",
        "a href='#r' id='n'",
        "li id='n'",
    ),
]
PASTED = st.recursive(
    st.sampled_from(
        [
            "one",
            "two",
            "Größe ",
            " 4 < 5 ".replace("<", "&lt;"),
            "<br>",
            "<img src='https://c.example/i.png' alt='chart'>",
            "x&nbsp;y",
            "<o:p></o:p>",
        ]
    ),
    lambda inner: st.tuples(st.sampled_from(HTML_TAGS), st.lists(inner, min_size=1, max_size=3)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].split()[0]}>"
    ),
    max_leaves=8,
)
_SIGNS = "<>&%$©…+?/"
"""No mark of plain text takes their place; it has more of some, for quotes and records."""
BODIES = st.lists(PIECES, max_size=14).map(" ".join)


def between(shown: str) -> str:
    """Return what stands between the two marks, without spaces."""
    plain = squeezed(unicodedata.normalize("NFKC", shown))
    return plain[plain.index(BEGIN) + len(BEGIN) : plain.rindex(END)]


def outputs(body: str) -> tuple[str, str, str, list[str]]:
    """Return what mail, web page and text show of a body, and the words of the page."""
    item = TextItem(key="k", title="T", body=f"{BEGIN}\n\n{body}\n\n{END}")
    doc = document(sections=(section("a", item),))
    mail = RENDERER.email(doc, BRAND, byte_budget=10_000_000)
    web = RENDERER.web(doc, BRAND)
    html, page = (BeautifulSoup(each, "lxml").get_text(" ") for each in (mail.html, web))
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", page[page.index(BEGIN) + len(BEGIN) : page.rindex(END)]))
    return between(html), between(page), between(mail.text), words


def check_same_words(body: str) -> None:
    """Assert that mail and page show the same characters, and the text every word in order and no sign less."""
    mail, web, text, words = outputs(body)
    assert mail == web
    position = 0
    for word in words:
        position = text.find(word, position)
        assert position >= 0, word
        position += len(word)
    for sign in _SIGNS:
        assert text.count(sign) >= web.count(sign), sign


@given(BODIES)
@settings(max_examples=150)
@example('write style="color: red; " here')
@example("the `<td>` cell and the <td> cell")
@example("vector<int> and <title> of it\n\n- one\n- two")
def test_mail_and_web_show_the_same_characters_and_text_every_word_in_order(body: str) -> None:
    check_same_words(body)


@given(st.lists(PASTED, min_size=1, max_size=4).map("\n\n".join))
@settings(max_examples=150)
def test_pasted_html_shows_the_same_in_all(body: str) -> None:
    check_same_words(body)


@given(st.lists(PASTED, min_size=1, max_size=3).map("".join))
@settings(max_examples=150)
def test_no_word_of_pasted_html_is_missing_that_is_not_told(html: str) -> None:
    words = re.findall(r"one|two|Größe", html)
    shown = re.findall(r"one|two|Größe", BeautifulSoup(str(to_html(html)), "lxml").get_text())
    hidden = any("hidden" in loss.what for loss in losses(html))
    assert sorted(shown) == sorted(words) or hidden
    assert hidden == ("display:none" in html or "hidden" in html) or not hidden


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("C++ adds vector<int> fast paths.", "C++ adds vector<int> fast paths."),
        ('Write `class="lead"` or style="a: b; " there.', 'Write class="lead" or style="a: b; " there.'),
        ("a &lt;td&gt; b <td> c", "a <td> b <td> c"),
    ],
)
def test_the_right_words_stand_in_all_three(body: str, shown: str) -> None:
    mail, web, text, _ = outputs(body)
    assert mail == web == squeezed(shown)
    assert squeezed(shown) in text.replace("`", "")
