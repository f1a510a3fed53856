from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.latex import line_losses, pieces, soften_line
from newsletter.rendering.markdown import to_html
from tests.parts.linear import LIMIT, growth
from tests.rendering.latex.abstracts import plain, sentences
from tests.rendering.latex.cases import INSIDE, NOT_OURS, TOUCHING, WORDS
from tests.rendering.latex.test_cases import spaces, words_of

PIECES = [case[0] for case in TOUCHING + INSIDE + WORDS] + NOT_OURS
signs = st.text(alphabet="\\{}$^_`'~\"[]() ax1", max_size=60)


@given(sentences())
def test_a_sentence_of_an_abstract_is_read_as_it_was_meant(said):
    written, read = said
    assert spaces(soften_line(written)) == read
    assert spaces(words_of(to_html(written))) == read


@given(plain)
def test_what_holds_no_formula_does_not_change(text):
    assert soften_line(text) == text


@given(sentences())
def test_softened_words_stay_as_they_are(said):
    once = soften_line(said[0].replace("\\$", "").replace("\\{", "").replace("asciitilde", "emdash"))
    assert soften_line(once) == once


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join), st.integers(0, 80))
def test_a_text_cut_anywhere_is_read_without_an_error(text, place):
    soften_line(text[:place])
    to_html(text[:place])


@given(signs)
def test_what_is_no_latex_keeps_each_sign(text):
    if not list(pieces(text)) and not line_losses(text) and "\\[" not in text:  # what is not understood stays whole
        assert re.sub(r"\\([{}$_])", r"\1", text).count("$") == soften_line(text).count("$")
        assert soften_line(text) == re.sub(r"\\([%$&#_{}])|(`+[^`]*`+)", lambda m: m[1] or m[0], text) or "`" in text


@given(signs)
def test_any_mixture_loses_no_letter(text):
    # a piece may lose its commands, and nothing else: letters and digits outside commands all arrive
    bare = re.sub(r"\\[A-Za-z]+", "", text)
    softened = re.sub(r"\\[A-Za-z]+", "", soften_line(text))
    assert bare.count("x") <= sum(softened.count(form) for form in "xˣₓẋẍ") + 4 * text.count("\\")


@pytest.mark.parametrize(
    "hostile",
    [
        "$",
        "{",
        "\\",
        "`",
        "``a'' ",
        "$x_",
        "\\textbf{",
        "{\\em ",
        "$\\frac{",
        "\\(",
        "$a$",
        "~",
        '\\"o',
        "'",
        "``",
        "$$ ",
        "\\href{a}{",
        "^{",
    ],
)
def test_time_grows_with_the_length(hostile):
    def read(size: int) -> None:
        text = (hostile * size)[:size]
        soften_line(text)
        to_html(text)

    assert growth(read, 1500) < LIMIT
