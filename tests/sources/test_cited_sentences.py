"""Of what a model says, sentences stay that cite what it was given, and of those the words: no link, image, heading, formula or HTML of its own."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.markdown import to_html
from newsletter.rendering.written_text import as_words
from newsletter.sources.cited_sentences import CitedSentences, ToldCandidate, sentences
from newsletter.sources.cutting import printable_line

PIER = ToldCandidate(12, "A pier of oak", "https://pier.example/oak", "It stands since spring.")
SWELL = ToldCandidate(7, "Two swells with Node.js", "https://www.waves.example/7?a=(b)", "They cross.")
ORAL = ToldCandidate(3, "Told by mouth")
KNOWN = {each.id: each for each in (PIER, SWELL, ORAL)}
SIGNS = [
    *(
        "[",
        "]",
        "(",
        ")",
        "*",
        "_",
        "`",
        "``",
        "<b>",
        "</b>",
        "<img src=x onerror=y>",
        "<!-- x -->",
        "# ",
        "## ",
        "- ",
        "1. ",
    ),
    *(
        "> ",
        "|",
        "$",
        "\\",
        "{",
        "}",
        "~~",
        "==",
        "^",
        "&amp;",
        "&#60;",
        ":rocket:",
        ":::note",
        "\n",
        "\n\n",
        "    ",
        "word",
        "é",
    ),
    *(
        "$x$",
        "\\textbf{a}",
        "\\[",
        "\\(",
        "[^1]",
        "http://",
        "https://e.example",
        "www.e.example",
        "a@b.example",
        "---",
        "===",
        '"',
    ),
    *(
        "![a](https://x.example/i.png)",
        "[a](https://x.example)",
        "[x]: https://e.example",
        "[12]",
        "[7]",
        ". ",
        "! ",
        "。",
        "\u202e",
        "\x00",
    ),
]
NASTY = st.lists(st.sampled_from(SIGNS), max_size=14).map("".join) | st.text(max_size=60)


def read(text: str, **more: object) -> str:
    return CitedSentences(KNOWN).read(text, **more)  # type: ignore[arg-type]


def test_a_number_becomes_a_link_to_its_candidate_before_the_full_stop() -> None:
    assert read("Oak holds [12].") == "Oak holds ([pier.example](<https://pier.example/oak>))."
    assert read("Oak holds. [12]") == read("Oak holds [12].") == read("Oak holds.[12]")
    both = "([pier.example](<https://pier.example/oak>), [waves.example](<https://www.waves.example/7?a=(b)>))"
    assert read("Both hold [12][7].") == f"Both hold {both}."
    assert read("Both hold [12, 7].") == read("Both hold [12] [7] [12].")


def test_a_candidate_without_an_address_is_cited_by_nothing_that_readers_see() -> None:
    assert read("It is said [3].") == "It is said."
    odd = {1: ToldCandidate(1, "Odd", "javascript:alert(1)"), 2: ToldCandidate(2, "Odd", "https://a.example/> <b>")}
    assert CitedSentences(odd).read("It is odd [1]. It is odder [2].") == "It is odd. It is odder."


def test_a_sentence_that_cites_nothing_known_is_dropped_and_counted() -> None:
    reading = CitedSentences(KNOWN)
    text = "Oak holds [12]. Nobody says this. Nor this [99]. Waves cross! [7] It ends"
    assert reading.read(text, links=False) == "Oak holds. Waves cross!"
    assert reading.dropped == 3
    assert read("All of it [999999999999999999].") == ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One [1]. Two [2].", ["One [1].", "Two [2]."]),
        ("One. [1] Two. [2][3] Three", ["One. [1]", "Two. [2][3]", "Three"]),
        ("It has 3.5 parts, e.g. oak [1]. Next.", ["It has 3.5 parts, e.g. oak [1].", "Next."]),
        ("By A. Turing et al. in May [1].", ["By A. Turing et al. in May [1]."]),
        ("“Yes!” [1] No?! Well… so", ["“Yes!” [1]", "No?!", "Well…", "so"]),
        ("海は青い。空も[1]。", ["海は青い。", "空も[1]。"]),
        ("海は青い[1]。空も。[2]", ["海は青い[1]。", "空も。[2]"]),
        ("", []),
    ],
)
def test_sentences_are_told_apart_with_the_numbers_behind_them(text: str, parts: list[str]) -> None:
    assert list(sentences(text)) == parts


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("See [this](https://evil.example/x) now [12].", "See this now."),
        ("See ![this](https://evil.example/x.png) now [12].", "See this now."),
        ("See https://evil.example/x?y=1 now [12].", "See now."),
        ("See www.evil.example now [12].", "See now."),
        ("See evil.example now [12].", "See now."),
        ("See evil.example/path now [12].", "See now."),
        ("Write to a@evil.example now [12].", "Write to now."),
        ("Run javascript:alert(1) now [12].", "Run now."),
        ("Call tel:+1234 or mailto:x@y.example now [12].", "Call or now."),
        ("See (https://evil.example) now [12].", "See now."),
        ("<b>Bold</b> <script>alert(1)</script> now [12].", "Bold alert(1) now."),
        ("See https://evil.example/a_(b)/c and (//evil.example/(x)) now [12].", "See and now."),
        ("See [12](https://evil.example) now.", "See now."),
        ("Node.js is a name here [12].", "Node.js is a name here."),
        ("At pier.example it is said [12].", "At pier.example it is said."),
        ("Node.js: a name, and pier.example: a host [12].", "Node.js: a name, and pier.example: a host."),
        ("See pier.example/elsewhere now [12].", "See now."),
        ("See evil.example/x.js now [12].", "See now."),
        ("See Node.js/evil.example now [12].", "See now."),
        ("See 1.5/evil.example now [12].", "See 1.5/ now."),
        ("See evil[].example and evil().example now [12].", "See evil .example and evil .example now."),
        ("See ev[7]il.example now [12].", "See now."),
        ("See evil .example now [12].", "See evil .example now."),
        ("See .evil.example now [12].", "See. now."),
        ("See @evil.example now [12].", "See now."),
        ("See evil\u200d.example now [12].", "See now."),
        ("See a.b.c.d.e.f.g.h.i.j.evil.example now [12].", "See now."),
        ("See " + "a" * 70 + ".evil.example now [12].", "See now."),
        ("See evil.xn--p1ai and evil.example-x now [12].", "See and now."),
        ("See https://()3221225985/x now [12].", "See now."),
        ("See https:[]//3221225985/x now [12].", "See https: now."),
        (
            "It has 3.5 parts, v1.2.3 in the U.S. and Llama-3.1-8B [12].",
            "It has 3.5 parts, v1.2.3 in the U.S. and Llama-3.1-8B.",
        ),
    ],
)
def test_no_address_but_a_candidates_is_left(said: str, kept: str) -> None:
    assert read(said, links=False) == kept


def test_a_summary_rests_on_its_own_candidate() -> None:
    assert read("Oak holds [12]. More [12].", only=12, most=1, links=False) == "Oak holds."
    assert read("Oak holds [7].", only=12, most=1, links=False) == ""


def test_a_sentence_without_end_is_none() -> None:
    assert read("word " * 200 + "[12].") == ""
    assert read("[12]") == read(". [12]") == ""
    assert read("https://evil.example/" + "a" * 2_500 + " holds [12].") == "", (
        "nor is one that is long before it is read"
    )


@pytest.mark.parametrize("joined", ["क्\u200dष", "👩\u200d🔬 sees"])
def test_a_joiner_stays_where_it_joins(joined: str) -> None:
    assert printable_line(joined) == joined
    assert printable_line(f"a\u200c{joined}\u200db\u200c\u200d") == f"a{joined}b"


@given(NASTY)
@example(r"[\textbf{a}]")
@example(r"[\alpha\]")
@example("0~<")
@example("http://:rocket:[:rocket: :rocket:")
@example("Fig.~1, ~60 %, a~b")
@example(r"\[x_1\] and [\frac{a}{b}]")
def test_whatever_is_said_becomes_words(text: str) -> None:
    line = printable_line(text)
    shown = str(to_html(as_words(line)))
    assert set(re.findall(r"</?([a-z0-9]+)", shown)) <= {"p"}
    seen = html.unescape(re.sub(r"<[^<>]+>", "", shown))
    assert " ".join(seen.split()) == " ".join(line.split())


PIECES = (
    'evil .example . example [] () [7] <b> " ( ) [ ] /x.js :80 @ :// : / // https www. \u200d \u200b \u00ad 1 - 。 !'
)
SPLIT = st.lists(st.sampled_from([" ", *PIECES.split(" ")]), max_size=12).map("".join)


@given(SPLIT)
def test_what_is_taken_out_of_the_midst_of_an_address_leaves_none(text: str) -> None:
    """No pieces around what goes come together, whatever goes first."""
    seen = html.unescape(re.sub(r"<[^<>]+>", "", str(to_html(read(f"It {text} holds [12].", links=False)))))
    assert not re.search(r"[\w-]\.[\u200b-\u200d\u00ad]?example(?![\w-])", seen), (
        "no name of a top domain ends in a digit"
    )
    assert "://" not in seen and not re.search(r"www\.\w", seen)


@given(NASTY)
def test_whatever_is_said_links_to_candidates_alone(text: str) -> None:
    words = read(f"{text} holds [12]. {text}")
    shown = str(to_html(words))
    assert set(re.findall(r"</?([a-z0-9]+)", shown)) <= {"p", "a"}
    assert set(re.findall(r'href="([^"]*)"', shown)) <= {PIER.url, SWELL.url}
    assert "\n" not in words and "\u202e" not in words and "evil" not in words
