from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.markdown import to_html, to_inline_html
from newsletter.sources.plain_words import as_markdown, on_one_line

HARD = (
    ":rocket: 12:30", "https://x.example/a HTTP://q", "![x](http://a) <b>hi</b> [x]: y", "$x$ y", "==m== a==b", "H~2~O ~~x~~", "_c_ __d__ a_b_",
    "&amp; &copy; AT&T &#35;", "# h", "## h {#id}", "1. x", "1) x", "- a", "+ a", "> [!NOTE] q", "===", "---", r"\textbf{x} 51.9\%", "{.button}", "```x", "| a | b |",
    "`a`\\", "[^1]: x", "***", "<script>x</script>", "<https://x.example>", "a\\", "mailto:a@b.example",
)  # fmt: skip


def said(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", markup)).split())


@pytest.mark.parametrize("text", HARD)
def test_words_of_others_are_read_as_they_stand(text: str) -> None:
    block = str(to_html(as_markdown(text)))
    assert said(block) == text
    assert re.findall(r"<[^<>]*>", block) == ["<p>", "</p>"]
    assert said(str(to_inline_html(as_markdown(text)))) == text


@given(
    st.lists(
        st.sampled_from([*HARD, " ", "*", "_", "a", "1", ":", "=", "\\", "[", "]", "(", ")", "^", "&"]), max_size=6
    )
)
def test_no_words_of_others_are_anything_but_words(parts: list[str]) -> None:
    text = on_one_line("".join(parts))
    block = str(to_html(as_markdown(text)))
    assert said(block) == text
    assert re.findall(r"<[^<>]*>", block) == (["<p>", "</p>"] if text else [])


def test_a_line_is_without_breaks_and_control_signs_and_is_cut_with_a_sign() -> None:
    assert on_one_line(" a\r\n\tb\x00\u202e c ") == "a b c"
    assert on_one_line("one two three", 8) == "one two…"
