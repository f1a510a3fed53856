"""Words in a block of HTML are read as those of a paragraph are: what looks like a tag is text, LaTeX is softened, code stays."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html
from tests.parts.linear import LIMIT, growth
from tests.rendering.latex.cases import INSIDE, NOT_OURS, TOUCHING


def shown(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", str(to_html(html)))).split())


@pytest.mark.parametrize(("written", "read"), [*TOUCHING, *INSIDE])
def test_a_formula_in_pasted_html_is_read_as_in_a_paragraph(written: str, read: str) -> None:
    block = written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(f"<p>So {block}.</p>") == f"So {read}."


@pytest.mark.parametrize("written", [case for case in NOT_OURS if "https://" not in case])
def test_what_is_no_latex_stays_as_typed(written: str) -> None:
    block = written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(f"<p>So {block} it is.</p>") == " ".join(f"So {written} it is.".split())


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("<p>CO$_2$ <code>$x_1$</code> $y_2$</p>", "<p>CO₂ <code>$x_1$</code> y₂</p>"),
        ("<pre>$x_1$ \\alpha</pre>", "<pre>$x_1$ \\alpha</pre>"),
        ("<p>vec<int> of $x &lt; y$ &amp; &copy;</p>", "<p>vec&lt;int&gt; of x &lt; y &amp; ©</p>"),
        ("<p>&amp;lt; $z$ C:\\users, $5 to $10</p>", "<p>&amp;lt; z C:\\users, $5 to $10</p>"),
        (
            "<p><a href='https://x.example/$a_1$'>$a_1$</a></p>",
            '<p><a href="https://x.example/$a_1$">a₁</a></p>',
        ),
    ],
)
def test_code_and_attributes_stay_and_words_are_escaped_once(html: str, read: str) -> None:
    assert str(to_html(html)) == read


def test_what_is_lost_of_it_is_told_with_its_line() -> None:
    text = "one\n\n<div>\n<b>a</b> \\cite{x} b\n$\\foo{y}$ <code>\\cite{z}</code>\n</div>"
    assert losses(text) == [Loss(4, "“\\cite{x}”"), Loss(5, "“$\\foo{y}$”", as_typed=True)]


@given(st.text(alphabet="<>&;$\\_^{}()x1 bp/\"'", max_size=40))
def test_no_tag_comes_of_words(text: str) -> None:
    html = str(to_html(f"<div>{text}</div>"))
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {"div", "b", "p", "code", "br"}


@pytest.mark.parametrize("unit", ["$", "\\", "$x_1$ ", "<b>$x$</b>", "&lt;", "\\cite{a}\n", "{"])
def test_time_grows_with_the_length(unit: str) -> None:
    def read(size: int) -> None:
        to_html(f"<div>{(unit * size)[:size]}</div>")

    assert growth(read, 1500) < LIMIT
