"""LaTeX that vanishes, or stays as it was written, is told with its line."""

from __future__ import annotations

import pytest

from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("as \\cite{smith}\nand \\ref{fig:1}", [Loss(1, "“\\cite{smith}”"), Loss(2, "“\\ref{fig:1}”")]),
        ("- a\n- b \\citep[see][p. 2]{x}", [Loss(2, "“\\citep[see][p. 2]{x}”")]),
        ("| a |\n|---|\n| \\cite{b} |", [Loss(3, "“\\cite{b}”")]),
        ("a\n$\\unknown{x}$", [Loss(2, "“$\\unknown{x}$”", as_typed=True)]),
        ("a $\\begin{matrix}1\\end{matrix}$", [Loss(1, "“$\\begin{matrix}1\\end{matrix}$”", as_typed=True)]),
        ("a \\foo{bar}", [Loss(1, "“\\foo{…}”", as_typed=True)]),
        ("\\vspace{1em} \\textbf{b} $x_1$ \\'e `\\cite{x}` C:\\users{x", []),
        ("$5 to $10, ${name}/${version}, $_GET", []),
    ],
)
def test_it_is_told(text: str, told: list[Loss]) -> None:
    assert losses(text) == told


def test_its_sentence_says_which() -> None:
    gone, typed = Loss(1, "“\\cite{x}”"), Loss(1, "“$\\x$”", as_typed=True)
    assert gone.said == "“\\cite{x}” does not reach readers" and typed.said == "“$\\x$” is shown as typed"
    assert gone.remedy != typed.remedy


def test_nothing_is_left_of_a_reference_and_the_words_around_it_are_whole() -> None:
    assert str(to_html("one \\cite{x} two")) == "<p>one  two</p>"
    assert str(to_html("one\\cite{x}two")) == "<p>onetwo</p>"
