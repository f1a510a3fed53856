from __future__ import annotations

import datetime as dt

import pytest
from markupsafe import Markup

from newsletter.rendering.language import ENGLISH, language_of, wished
from newsletter.sentences import plural, sentence

DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("en", "1,234 more on the web"),
        ("en-GB", "1,234 more on the web"),
        ("de", "1.234 weitere Beiträge im Web"),
        ("fr-CA", "1\u00a0234 autres articles sur le web"),
        ("es-MX", "1,234 artículos más en la web"),
        ("ja", "ほか1,234件はウェブでご覧ください"),
        ("ar", "1,234 مقالًا آخر على الويب"),
    ],
)
def test_a_sentence_is_said_with_the_numbers_of_the_language(tag: str, told: str) -> None:
    assert language_of(tag).say(plural("%(count)s more on the web", "%(count)s more on the web", 1234)) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "مقال واحد آخر على الويب"),
        (2, "مقالان آخران على الويب"),
        (3, "3 مقالات أخرى على الويب"),
        (11, "11 مقالًا آخر على الويب"),
        (100, "100 مقال آخر على الويب"),
    ],
)
def test_arabic_counts_in_its_own_forms(count: int, told: str) -> None:
    assert language_of("ar").say(plural("%(count)s more on the web", "%(count)s more on the web", count)) == told


@pytest.mark.parametrize(("count", "told"), [(0, "0 autre"), (1, "1 autre"), (2, "2 autres")])
def test_french_counts_nothing_as_one(count: int, told: str) -> None:
    said = language_of("fr").say(plural("%(count)s more on the web", "%(count)s more on the web", count))
    assert said.startswith(f"{told} article")


def test_where_there_is_no_catalogue_words_are_english_and_dates_are_not():
    hebrew = language_of("he")
    assert hebrew.say(sentence("Welcome")) == "Welcome" and "מרץ" in hebrew.date(DAY)
    assert (hebrew.direction, hebrew.spoken.tag, hebrew.spoken.direction) == ("rtl", "en", "ltr")
    assert [language_of(tag).direction for tag in ("ku-Arab", "tg-Arab-TJ", "ku", "sd-Deva")] == [
        "rtl",
        "rtl",
        "ltr",
        "ltr",
    ]
    assert language_of("de-CH").spoken.tag == "de-CH" and language_of("en-GB").spoken.tag == "en-GB"
    assert language_of("xx-unknown").say(sentence("Welcome")) == "Welcome"


def test_text_that_is_no_sentence_stays_as_it_is():
    assert language_of("de").say("Welcome") == "Welcome"


def test_sentences_follow_each_other_as_the_language_has_it():
    assert ENGLISH.joined(["One.", "", "Two."]) == "One. Two."
    assert language_of("ja").joined(["一。", "二。"]) == "一。二。"


def test_what_stands_side_by_side_from_the_right_does_not_mix():
    facts = ["A. Crabtree", "1 May"]
    assert language_of("de").listed(facts) == "A. Crabtree · 1 May"
    assert language_of("ar").listed(facts) == "\u2068A. Crabtree\u2069 · \u20681 May\u2069"
    assert language_of("he").isolated("") == ""


def test_arrows_point_the_way_that_is_read():
    assert [language_of(tag).back + language_of(tag).onward for tag in ("de", "ar")] == ["←→", "→←"]


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de-AT"),
        ("en;q=0.3, ja;q=0.9", "ja"),
        ("pt, fr-CA;q=0.2", "fr-CA"),
        ("DE", "DE"),
        ("he, *", "en"),
        ("de;q=0, fr", "fr"),
        ("de;q=x, fr;q=0.1", "fr"),
        ("*", "en"),
        ("<script>, de", "de"),
        (",".join(["pt"] * 5000) + ",de", "en"),
        ("x" * 8000, "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_wishes_most_of_those_there_are(header: str, tag: str) -> None:
    assert wished(header).tag == tag


def test_names_and_addresses_in_a_sentence_from_the_right_are_set_apart():
    said = sentence("You receive this because you subscribed to %(name)s with this address.", name="The Letter (NYC)")
    assert "\u2068The Letter (NYC)\u2069" in language_of("ar").say(said)
    assert "\u2068" not in language_of("en").say(said) + language_of("he").say(said) + language_of("ja").say(said)
    hebrew = sentence("You receive this because you subscribed to %(name)s with this address.", name="המכתב!")
    for tag in ("en", "de", "he", "ar"):
        assert "\u2068המכתב!\u2069" in language_of(tag).say(hebrew)


def test_a_number_and_what_stands_apart_already_stay_as_they_are():
    arabic = language_of("ar")
    assert arabic.isolated(arabic.isolated("x")) == "\u2068x\u2069" and arabic.isolated("") == ""
    assert arabic.set_apart(5) == 5 and arabic.set_apart(Markup("<b>")) == "<b>"


def test_an_address_of_plain_text_is_followed_by_a_space():
    assert language_of("ar").isolated_address("https://a.example/") == "\u2068https://a.example/ \u2069"
    assert language_of("de").isolated_address("https://a.example/") == "https://a.example/"
