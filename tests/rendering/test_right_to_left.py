"""Arabic has a catalogue and Hebrew has none: both are read from the right, and what is English in them from the left."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from newsletter.model.document import LinkItem, TextItem
from tests.rendering.documents import BRAND, RENDERER, document, section

NOTED = "قال[^1] Acme\n\n> [!NOTE]\n> مهم\n\n[^1]: ملاحظة"


@pytest.mark.parametrize(("tag", "words"), [("ar", "إلغاء الاشتراك"), ("he", "Unsubscribe")])
def test_a_mail_has_its_direction_and_the_fixed_words_theirs(tag: str, words: str) -> None:
    doc = document(language=tag, lead=NOTED, author="Ann Editor")
    mail = RENDERER.email(doc, replace(BRAND, language=tag), byte_budget=100_000)
    page = BeautifulSoup(mail.html, "lxml")
    assert page.html is not None and (page.html["lang"], page.html["dir"]) == (tag, "rtl")
    link = page.find("a", string=words)
    assert link is not None
    around = next(each for each in link.parents if each.get("dir"))
    assert around["dir"] == ("rtl" if tag == "ar" else "ltr")
    assert "\u2068Ann Editor\u2069" in mail.text and "\u2068Ann Editor\u2069" in mail.html
    assert re.search(r"padding-right: ?16px;border-right: ?3px", mail.html)


def test_names_and_addresses_in_arabic_sentences_are_set_apart() -> None:
    mail = RENDERER.email(document(language="ar"), replace(BRAND, language="ar"), byte_budget=100_000)
    assert "\u2068The Letter & Co\u2069" in mail.text and "\u2068The Letter &amp; Co\u2069" in mail.html
    lines = [line for line in mail.text.splitlines() if "https://" in line]
    assert lines and all(re.search(r"\u2068https://\S+ \u2069\Z", line) for line in lines)


def test_hebrew_names_in_english_sentences_are_set_apart_and_english_ones_are_not() -> None:
    mail = RENDERER.email(document(language="he"), replace(BRAND, language="he", name="המכתב"), byte_budget=100_000)
    assert "subscribed to \u2068המכתב\u2069 as" in mail.text
    english = RENDERER.email(document(), BRAND, byte_budget=100_000)
    assert "\u2068" not in english.text + english.html


@pytest.mark.parametrize("tag", ["ar", "he"])
def test_notes_and_callouts_follow_the_direction(tag: str) -> None:
    doc = document(language=tag, sections=(section("s", TextItem(key="k", title="T", body=NOTED)),))
    web = BeautifulSoup(RENDERER.web(doc, BRAND), "lxml")
    article = web.find("article")
    assert article is not None and article["dir"] == "rtl"
    assert all(each.get("dir") is None for each in web.select(".notes, .note, .ref, .callout"))
    title = web.select_one(".callout strong")
    assert title is not None and title.get("dir") == (None if tag == "ar" else "ltr")
    assert "[^1] ملاحظة" in RENDERER.text(doc, BRAND)


def test_a_fold_line_from_the_right_leads_to_its_address() -> None:
    links = [LinkItem(key=f"k{n}", title="ع" * 300, url=f"https://a.example/{n}") for n in range(60)]
    doc = document(language="ar", sections=(section("s", *links),))
    mail = RENDERER.email(doc, BRAND, byte_budget=20_000)
    assert mail.folded
    assert re.search(r"\u2068https://news\.example\.org/letter/2026-05-09#s \u2069$", mail.text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "values"), [("confirm", {"confirm_url": "https://a.example/c", "address": "ann@a.example"})]
)
def test_a_notice_sets_names_apart(kind: str, values: dict[str, str]) -> None:
    notice = RENDERER.notice(kind, replace(BRAND, language="ar"), **values)
    assert "\u2068ann@a.example\u2069" in notice.text and "\u2068The Letter &amp; Co\u2069" in notice.html


def test_the_question_of_a_poll_that_hebrew_has_no_words_for_keeps_its_sign_at_its_end() -> None:
    doc = document(language="he", poll="yes")
    for html in (RENDERER.email(doc, BRAND, byte_budget=100_000).html, RENDERER.web(doc, BRAND)):
        asked = BeautifulSoup(html, "lxml").find("bdi", string=lambda words: bool(words) and words.endswith("?"))
        assert asked is not None
