# ruff: noqa: RUF001 - quotes
from __future__ import annotations

import html
import re

import pytest

from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html, to_inline_html
from tests.rendering.latex.cases import INSIDE, KEPT, NOT_OURS, TOUCHING, WORDS

ALL = TOUCHING + INSIDE + WORDS


def spaces(text: str) -> str:
    return text.replace("\u00a0", " ")


def words_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize(("written", "read"), ALL)
def test_a_line_says_what_was_meant(written, read):
    assert spaces(soften_line(written)) == read


@pytest.mark.parametrize(("written", "read"), ALL)
def test_a_body_says_the_same_as_a_line(written, read):
    assert spaces(words_of(to_html(f"So {written}."))) == f"So {read}."
    assert spaces(words_of(to_inline_html(f"So {written}."))) == f"So {read}."


@pytest.mark.parametrize("written", KEPT)
def test_what_is_not_understood_stays_whole(written):
    assert soften_line(written) == written
    assert words_of(to_html(f"So {written} it is.")) == f"So {written} it is."


@pytest.mark.parametrize("written", NOT_OURS)
def test_what_is_no_latex_stays_as_typed(written):
    assert soften_line(written) == written


@pytest.mark.parametrize("written", [case for case in NOT_OURS if not re.search(r"[`*_<#~]|\\\\", case)])
def test_what_is_no_latex_stays_as_typed_in_a_body(written):
    assert words_of(to_html(f"So {written} it is.")) == f"So {written} it is."


def test_there_are_enough_cases_to_choose_by():
    assert len(ALL) + len(KEPT) + len(NOT_OURS) >= 200


def test_code_and_addresses_of_a_body_are_left_alone():
    body = "`$x_1$` and ``a ``\n\n    $y_2$ \\alpha\n\n```\n``a'' $z_3$\n```\n\n[a](https://example.com/$x_1$/~b) <https://example.com/~c> https://example.com/~d/$e_1$"
    out = to_html(body)
    for kept in ("<code>$x_1$</code>", "$y_2$ \\alpha", "``a'' $z_3$", "/$x_1$/~b", "/~c", "/~d/$e_1$"):
        assert kept in out


def test_quotes_are_told_from_code():
    assert to_html("``a'' or `b' or `c` or ``d`` or `it's`") == (
        "<p>“a” or ‘b’ or <code>c</code> or <code>d</code> or <code>it's</code></p>"
    )


def test_a_backslash_before_a_quote_or_an_apostrophe_is_an_escape():
    assert to_html(r"it\'s \"other\" and they\'ll file\.zip \*x\* 1\. wow\! a\, b") == (
        "<p>it's \"other\" and they'll file.zip *x* 1. wow! a, b</p>"
    )


def test_references_become_links_where_markup_can_stand():
    assert to_html(r"\href{https://example.com/a_b}{the *code*}, \url{https://example.com/c_d}") == (
        '<p><a href="https://example.com/a_b">the <em>code</em></a>, <a href="https://example.com/c_d">https://example.com/c_d</a></p>'
    )
    assert to_html(r"\href{javascript:alert(1)}{x}") == "<p>x</p>"
