# ruff: noqa: RUF001 - letters of formulas
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.latex import line_losses, soften_line
from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import to_html


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\textbf{bold} words", "bold words"),
        (r"5\% of \emph{all}", "5% of all"),
        ("$λ$ and $(λ, ν)$", "λ and (λ, ν)"),
        (r"$\lambda_{i}^2 \leq \frac{a}{b}$", "λᵢ² ≤ a/b"),
        (r"$\mathcal{O}(n^{2k})$", "O(n²ᵏ)"),
        (r"from $5 to $6, or $11.25", "from $5 to $6, or $11.25"),
        ("$10M for $AAPL", "$10M for $AAPL"),
        (r"\textbf{a \emph{b}}", "a b"),
        (r"a path C:\windows", r"a path C:\windows"),
        (r"we \cite{x} it", "we  it"),
        ("$x_{@!}$", "x_(@!)"),
    ],
)
def test_titles_lose_their_latex(written, read):
    assert soften_line(written) == read


@pytest.mark.parametrize(
    ("written", "html"),
    [
        (r"\textbf{a *b* c}", "<p><strong>a <em>b</em> c</strong></p>"),
        (r"\texttt{x}", "<p><code>x</code></p>"),
        (r"`\textbf{x}` and `$x_1$`", r"<p><code>\textbf{x}</code> and <code>$x_1$</code></p>"),
        ("$a_i * b_j * c$", "<p>aᵢ * bⱼ * c</p>"),
        (r"5\% and \$5", "<p>5% and $5</p>"),
        (r"\textbf{unclosed", r"<p>\textbf{unclosed</p>"),
        (r"\unknown{x}", r"<p>\unknown{x}</p>"),
    ],
)
def test_bodies_lose_their_latex_outside_code(written, html):
    assert to_html(written) == html


@given(st.text(alphabet="\\textbf{}$_^ %*ax1λ", max_size=60))
def test_any_mixture_is_softened_without_an_error(text):
    soften_line(text)
    to_html(text)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (r"On \cite{smith} and $x_1$", [Loss(1, r"“\cite{smith}”")]),
        (r"A $\unknown{x}$ title", [Loss(1, r"“$\unknown{x}$”", as_typed=True)]),
        (r"\textbf{A \foo{b}}", [Loss(1, "“\\foo{…}”", as_typed=True)]),
        (r"Schr\"odinger, 5 $ and `\cite{x}` in C:\users", []),
    ],
)
def test_what_a_line_loses_is_told(line: str, told: list[Loss]) -> None:
    assert line_losses(line) == told


def test_an_accent_in_braces_after_another_closes_no_quote() -> None:
    assert soften_line(r"\`a la carte so B\`{a}rk") == "à la carte so Bàrk"
