"""Plain words of others, written so that they show as typed: in a text, as words alone, in a cell and in a link."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.markdown import to_html, to_inline_html
from newsletter.rendering.written_text import as_cell, as_words, escaped, is_linkable, linked

HARD = (
    ":rocket: 12:30", "https://x.example/a HTTP://q", "![x](http://a) <b>hi</b> [x]: y", "$x$ y", "==m== a==b", "H~2~O ~~x~~", "_c_ __d__ a_b_",
    "&amp; &copy; AT&T &#35;", "# h", "## h {#id}", "1. x", "1) x", "- a", "+ a", "> [!NOTE] q", "===", "---", r"\textbf{x} 51.9\%", "{.button}", "```x", "| a | b |",
    "`a`\\", "[^1]: x", "***", "<script>x</script>", "<https://x.example>", "a\\", "mailto:a@b.example",
)  # fmt: skip


def said(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", markup)).split())


@pytest.mark.parametrize("text", HARD)
def test_words_of_others_are_read_as_they_stand(text: str) -> None:
    block = str(to_html(as_words(text)))
    assert said(block) == text
    assert re.findall(r"<[^<>]*>", block) == ["<p>", "</p>"]
    assert said(str(to_inline_html(as_words(text)))) == text


@given(
    st.lists(
        st.sampled_from([*HARD, " ", "*", "_", "a", "1", ":", "=", "\\", "[", "]", "(", ")", "^", "&"]), max_size=6
    )
)
def test_no_words_of_others_are_anything_but_words(parts: list[str]) -> None:
    text = " ".join("".join(parts).split())
    block = str(to_html(as_words(text)))
    assert said(block) == text
    assert re.findall(r"<[^<>]*>", block) == (["<p>", "</p>"] if text else [])


@given(st.lists(st.sampled_from([*HARD, "|", " ", "$", "*", "<b>", "`"]), max_size=4))
def test_a_cell_shows_the_words_of_others_in_a_table(parts: list[str]) -> None:
    text = " ".join(" ".join(parts).split())
    assert said(str(to_inline_html(as_cell(text)))) == text


def test_one_dollar_in_a_cell_is_money() -> None:
    assert as_cell("$5 * 2") == r"$5 \* 2"
    assert as_cell("$x$") == r"\$x\$"
    assert as_cell("# 1") == "# 1"


@pytest.mark.parametrize("text", ["__d__", "_a__b_", "__a__ _", "___x___"])
def test_no_run_of_underscores_becomes_emphasis(text: str) -> None:
    for written in (escaped(text), escaped(text, latex=True), as_words(text)):
        assert str(to_html(written)) == f"<p>{text}</p>"


@pytest.mark.parametrize("text", [":::note", ":::", "| a |", "=", "> q", "~~~x"])
def test_no_words_begin_a_block(text: str) -> None:
    assert str(to_html(as_words(text))) == f"<p>{html.escape(text)}</p>"


def test_a_link_has_the_words_it_is_given_and_leads_to_the_web_or_nowhere() -> None:
    assert linked("A [b](c) *d*", "https://x.example/a_b") == r"[A \[b\](c) \*d\*](<https://x.example/a_b>)"
    assert str(to_html(linked("a]b", "https://x.example/(1)"))) == '<p><a href="https://x.example/(1)">a]b</a></p>'
    assert linked("mail", "mailto:a@b.example") == "[mail](<mailto:a@b.example>)"
    for url in ("javascript:x", "https://a.example/> <b>", "https://a.example/\n", "/a", ""):
        assert not is_linkable(url)
        assert linked("*A*", url) == r"\*A\*"
    assert linked("", "https://x.example") == ""
