"""The text of an issue: dates whole, lines that lead on, a preheader with its words apart."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from newsletter.model.brand import Look, SocialLink
from newsletter.model.document import PaperItem
from newsletter.model.surroundings import PreviousIssue, Surroundings
from tests.rendering.documents import BRAND, RENDERER, document, section


def test_no_line_breaks_inside_a_date_and_none_begins_with_a_dot() -> None:
    for length in range(20, 69):
        item = PaperItem(key="k", title="T", category="cs.CL", authors="A" * length, published=dt.date(2017, 6, 12))
        text = RENDERER.text(document(sections=(section("s", item),)), BRAND)
        assert "June 12, 2017" in text
        assert not re.search(r"^\s*·", text, re.MULTILINE)


def test_the_words_of_two_blocks_do_not_meet_in_a_derived_preheader() -> None:
    lead = "<details><summary>More</summary>Hidden</details><p>words</p><ul><li>1<li>2</ul><h2>H<sub>2</sub>O</h2> ~~old~~ <p>end</p>"
    html = RENDERER.email(document(lead=lead), BRAND, byte_budget=100_000).html
    assert "More Hidden words 1 2 H₂O ~~old~~ end" in html.replace("\n", " ") or "More Hidden words 1 2 H₂O" in html


def test_a_correction_is_not_read_as_the_opposite() -> None:
    doc = document(lead="Old price ~~$11.25~~, new $4.50.")
    assert "Old price ~~$11.25~~, new $4.50." in RENDERER.text(doc, BRAND)
    assert "$11.25, new" not in RENDERER.email(doc, BRAND, byte_budget=100_000).html.partition("<h1")[0]


def test_the_name_of_the_publication_is_read_once() -> None:
    for title, count in (
        ("The Letter & Co", 1),
        ("The letter & co: May 9", 1),
        ("The Letter & Cooks", 2),
        ("A day in May", 1),
    ):
        opening = RENDERER.text(document(title=title), BRAND).partition("On the web")[0]
        assert opening.casefold().count("the letter & co") == count


def test_what_the_publication_says_around_its_issues_is_in_the_text_as_well() -> None:
    look = Look(
        tagline="Every tide",
        footer="Written in [Old Town](https://town.example/) *by* $x_1$ hands.",
        social=(SocialLink("Mastodon", "https://social.example/@letter"),),
    )
    around = Surroundings(previous=PreviousIssue("2026-05-08", "The one before", "Before"))
    doc = document(preheader=r"In $\lambda$ short", lead="See [there](https://town.example/).")
    text = RENDERER.email(doc, replace(BRAND, look=look), byte_budget=100_000, around=around).text
    head, foot = text.split("On the web:")[0], text.split("-" * 72)[1]
    assert head.startswith("The Letter & Co · Every tide\nA day in May\n====")
    assert "\nIn λ short\n\nMay" in head
    assert "Previous issue\nThe one before: https://news.example.org/letter/2026-05-08\n" in text
    assert "Written in Old Town [1] _by_ x₁ hands.\n\n[1] https://town.example/\n" in foot
    assert "\nMastodon: https://social.example/@letter\n" in foot


def test_a_preheader_that_says_the_title_is_read_once() -> None:
    text = RENDERER.email(document(preheader="A day in May"), BRAND, byte_budget=100_000).text
    assert text.count("A day in May") == 1
