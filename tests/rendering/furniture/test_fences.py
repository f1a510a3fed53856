"""Blocks between `:::` and `:::`: what is one is dressed, what is none stays as typed and is told."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html
from tests.rendering.documents import squeezed

QUOTE = ":::quote Ada, *in 1843*\nThat **brain** of mine.\n\nAnd more.\n:::"


def test_a_quote_holds_its_words_and_who_said_them() -> None:
    assert to_html(f"Before.\n\n{QUOTE}\nAfter.") == (
        "<p>Before.</p>\n"
        "<furniture-quote><p>That <strong>brain</strong> of mine.</p>\n<p>And more.</p>"
        "<furniture-line>Ada, <em>in 1843</em></furniture-line></furniture-quote>\n"
        "<p>After.</p>"
    )


@pytest.mark.parametrize(
    "text",
    [
        ":::button [Go](https://go.example)",
        ":::button [Go](https://go.example)\n:::",
        ":::button\n[Go](https://go.example)\n:::",
        "::: button\n[Go](https://go.example)\n:::",
    ],
)
def test_a_button_is_a_link_on_its_line_or_below_it(text: str) -> None:
    link = '<p><a href="https://go.example">Go</a></p>'
    assert to_html(text) == f"<furniture-button>{link}<furniture-line></furniture-line></furniture-button>"
    assert losses(text) == []


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        (":::note\nNever closed.", 1, "note"),
        ("Words\n\n:::carousel\nx\n:::", 3, "carousel"),
        ("- a\n  :::note\n  b\n  :::", 2, "note"),
        ("> :::tip\n> b\n> :::", 1, "tip"),
        (":::note\na\n:::tip\nb\n:::", 1, "note"),
    ],
)
def test_what_is_no_block_stays_as_typed_and_is_told_with_its_line(text: str, line: int, name: str) -> None:
    assert f":::{name}" in to_html(text)
    assert Loss(line, f"the block “:::{name}”") in losses(text)


def test_a_button_without_a_link_is_told() -> None:
    assert [loss.line for loss in losses("x\n\n:::button\nGo\n:::")] == [3]


def test_the_end_within_code_ends_nothing() -> None:
    html = to_html(":::note Code\n```\n:::\n```\nstays inside\n:::\nafter")
    assert html.index("stays inside") < html.index("</furniture-note>") < html.index("after")


def test_html_opened_in_a_block_does_not_reach_beyond_it() -> None:
    soup = BeautifulSoup(to_html(":::note\n<div><b>inside\n:::\n\nafter"), "lxml")
    assert soup.find(string=lambda text: "after" in text).find_parent("b") is None


def test_what_only_looks_like_our_marks_is_text() -> None:
    html = to_html("<furniture-quote>x<furniture-line>y</furniture-line></furniture-quote>")
    assert "<furniture" not in html


PIECES = st.sampled_from(
    [
        ":::quote Ada",
        ":::button",
        ":::note",
        ":::",
        ":::: ",
        "::: tip x",
        "words",
        "",
        "- a",
        "> b",
        "```",
        "[l](https://l.example)",
    ]
)


@given(st.lists(PIECES, max_size=14).map("\n".join))
@settings(max_examples=200)
def test_no_word_is_lost_whatever_stands_between_the_marks(text: str) -> None:
    shown = squeezed(BeautifulSoup(to_html(text), "lxml").get_text(" "))
    assert shown.count("words") == text.count("words")
    assert shown.count("Ada") == text.count("Ada")
    losses(text)
