from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.markdown import to_html
from newsletter.rendering.shortening import first_sentences


def short(text: str) -> str:
    return BeautifulSoup(first_sentences(to_html(text, where="here")), "lxml").get_text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One here. Two there. Three gone.", "One here. Two there."),
        ("We test, e.g. with trees by Smith et al. and win. It works. Gone.", "We test, e.g. with trees by Smith et al. and win. It works."),
        ("It gains 2.5 points, i.e. much. See Fig. 3 for more. Gone.", "It gains 2.5 points, i.e. much. See Fig. 3 for more."),
        ("Is it so? It is! Gone.", "Is it so? It is!"),
        ("一つ目です。二つ目です。三つ目です。", "一つ目です。二つ目です。"),
        ("أول جملة؟ ثاني جملة. ثالثة.", "أول جملة؟ ثاني جملة."),
        ("One *with emphasis*. Two [linked](https://a.example/). Three.", "One with emphasis. Two linked."),
        ("One paragraph.\n\nAnother one.", "One paragraph."),
    ],
)  # fmt: skip
def test_two_sentences_stay_whatever_full_stops_stand_in_them(text: str, shown: str) -> None:
    assert short(text) == shown


@pytest.mark.parametrize(
    "text", ["", "One.", "One. Two.", "no end at all", "- a list\n- of things", "| a |\n|---|\n| 1 |"]
)
def test_nothing_is_shortened_that_would_lose_nothing_or_begins_with_no_paragraph(text: str) -> None:
    assert short(text) == ""


def test_what_stays_keeps_its_links_and_marks_and_nothing_empty_is_left() -> None:
    html = first_sentences(
        to_html("One **bold**. Two [there](https://a.example/). Three **gone** [y](https://b.example/).", where="here")
    )
    assert "<strong>bold</strong>" in html and "https://a.example/" in html
    assert "https://b.example/" not in html and "<strong></strong>" not in html


pieces = st.sampled_from(
    [
        "Words here.",
        "e.g.",
        "*em*.",
        "[l](https://a.example/).",
        "5.2",
        "et al.",
        "Why?",
        "x<y.",
        "ß.",
        "。",
        "\n\n",
        "A.",
    ]
)


@given(st.lists(pieces, max_size=12).map(" ".join))
def test_what_is_shown_is_how_the_whole_begins(text: str) -> None:
    html = to_html(text, where="here")
    whole = BeautifulSoup(html, "lxml").get_text()
    assert whole.startswith(short(text))


def test_images_of_what_stays_stay_and_marks_of_notes_go_with_their_notes() -> None:
    text = "One[^1] ![a chart](https://a.example/c.png). Two. Three ![gone](https://a.example/g.png).\n\n[^1]: A note."
    html = first_sentences(to_html(text, where="here"))
    assert "c.png" in html and "g.png" not in html
    assert "<sup" not in html and "note" not in html


def test_an_image_behind_the_last_sentence_is_something_left_out() -> None:
    assert short("One. Two. ![late](https://a.example/l.png)") == "One. Two."
