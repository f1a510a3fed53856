r"""Sentences as abstracts hold them, put together from arXiv's own grammar, each with what a reader should see.

A sentence is prose between pieces; a piece is one of the forms of `cases`, or built here: a number with its unit, an index, a
fraction, a name with an accent. What is built is built twice, written and read, so that the right value is not the code's own.
"""

# ruff: noqa: RUF001 - letters of formulas
from __future__ import annotations

import re

from hypothesis import strategies as st

from tests.rendering.latex.cases import INSIDE, NOT_OURS, TOUCHING, WORDS

Said = tuple[str, str]
"""What is written, and what is read."""

PROSE = (
    "we show that", "the model reaches", "with", "improves over the baseline by", "under mild assumptions,", "where",
    "at a cost of", "for all", "(see the appendix)", "and", "; in contrast,", "our method, called X-1, needs", "- a gap of",
)  # fmt: skip
PRICES = ("$5", "$1.25", "US$40", "C$16", "$3M", "$0.10/hour", "$5-$10", "5$")
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ACCENTS = (
    ('"', "aouAOU", "äöüÄÖÜ"),
    ("'", "aeiouAE", "áéíóúÁÉ"),
    ("`", "aeE", "àèÈ"),
    ("^", "aeio", "âêîô"),
    ("~", "nao", "ñãõ"),
)
_LETTERS = (
    ("v", "cszrCSZ", "čšžřČŠŽ"),
    ("c", "csC", "çşÇ"),
    ("H", "ouO", "őűŐ"),
    ("u", "agA", "ăğĂ"),
    ("k", "aeA", "ąęĄ"),
)

numbers = st.integers(0, 99_999)


@st.composite
def powers(draw: st.DrawFn) -> Said:
    """A power of ten, in the three ways it is written."""
    exponent = draw(st.integers(0, 30))
    form = draw(st.sampled_from(["$10^{%d}$", "10$^{%d}$", r"10\textsuperscript{%d}"]))
    return form % exponent, "10" + str(exponent).translate(_DIGITS)


@st.composite
def indexed(draw: st.DrawFn) -> Said:
    """A letter with a number below it."""
    letter, below = draw(st.sampled_from("xyzABCKL")), draw(st.integers(0, 99))
    return f"${letter}_{{{below}}}$", letter + str(below).translate(_LOW)


@st.composite
def touching(draw: st.DrawFn) -> Said:
    """A sign in dollars between numbers."""
    sign, read = draw(st.sampled_from([(r"\times", "×"), (r"\pm", "±"), (r"\sim", "~"), (r"\approx", "≈"), (">", ">")]))
    one, other = draw(numbers), draw(numbers)
    return f"{one}${sign}${other}", f"{one}{read}{other}"


@st.composite
def fractions(draw: st.DrawFn) -> Said:
    """A fraction of sums or of single signs."""
    above = draw(st.sampled_from(["a+b", "n", "1", "x - y"]))
    below = draw(st.sampled_from(["c", "n+1", "2"]))
    parenthesised = [f"({part})" if len(part) > 1 else part for part in (above, below)]
    return rf"$\frac{{{above}}}{{{below}}}$", "/".join(parenthesised)


@st.composite
def names(draw: st.DrawFn) -> Said:
    """A name with an accent, in each way it is spelled."""
    if draw(st.booleans()):
        sign, letters, made = draw(st.sampled_from(_ACCENTS))
        forms = [r"\%s%s", r"\%s{%s}", r"{\%s%s}"]
    else:
        sign, letters, made = draw(st.sampled_from(_LETTERS))
        forms = [r"\%s{%s}"]
    place = draw(st.integers(0, len(letters) - 1))
    return f"B{draw(st.sampled_from(forms)) % (sign, letters[place])}rk", f"B{made[place]}rk"


same = st.sampled_from([*PROSE, *PRICES]).map(lambda words: (words, words))
forms = st.sampled_from([case for case in TOUCHING + INSIDE + WORDS if not re.search(r"\\[A-Za-z]{1,2}$", case[0])])
"""None that ends with a short command: it takes the space after it, as TeX does."""
pieces = st.one_of(same, forms, powers(), indexed(), touching(), fractions(), names())


@st.composite
def sentences(draw: st.DrawFn) -> Said:
    """An abstract's sentence: pieces between words, never two pieces of one kind side by side."""
    chosen = draw(st.lists(pieces, min_size=1, max_size=8))
    between = draw(st.sampled_from([" so ", " the ", " of this, "]))
    return tuple(f"We{between}" + between.join(said[side] for said in chosen) + "." for side in (0, 1))  # type: ignore[return-value]


plain = st.lists(st.sampled_from([*PROSE, *PRICES, *NOT_OURS[:23]]), min_size=1, max_size=8).map(" so ".join)
