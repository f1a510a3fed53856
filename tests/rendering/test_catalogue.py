"""Every sentence of readers stands in every language, whole, with the same places, and as words and nothing else."""

from __future__ import annotations

import re
import unicodedata

import pytest
from babel.messages.catalog import Catalog, Message

from newsletter.rendering.catalogue import catalogue, languages
from tests.catalogues import catalogues, collected, file_of, read, written

PLACE = re.compile(r"%\((\w+)\)s")
TEMPLATE = collected()


def sentences(found: Catalog) -> dict[str, Message]:
    """Return the sentences of a catalogue by what they are in English."""
    return {one(message): message for message in found if message.id}


def one(message: Message) -> str:
    """Return a sentence in English, in the singular."""
    return message.id[0] if message.pluralizable else message.id


def forms(message: Message) -> tuple[str, ...]:
    """Return what a catalogue says, in all its forms."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def faults(message: Message, wanted: Message, count: int) -> list[str]:
    """Return what is wrong with a translation of `wanted` in a language of so many forms."""
    told = forms(message)
    if message.fuzzy:
        return ["it is marked as fuzzy"]
    if type(message.id) is not type(wanted.id) or len(told) != (count if wanted.pluralizable else 1):
        return [f"it has {len(told)} forms"]
    return [fault for text in told for fault in text_faults(text, wanted)]


def text_faults(text: str, wanted: Message) -> list[str]:
    """Return what is wrong with one text."""
    if not text.strip():
        return ["it is not translated"]
    places, expected = PLACE.findall(text), PLACE.findall(wanted.id[-1] if wanted.pluralizable else wanted.id)
    left_out = {"count"} if wanted.pluralizable else set()  # "one minute" needs no number
    wrong = []
    if sorted({*places, *left_out}) != sorted({*expected, *left_out}) or (
        not left_out and len(places) != len(expected)
    ):
        wrong.append(f"its places are {places}, not {expected}")
    if "%" in PLACE.sub("", text):
        wrong.append("it has a % that is no place")
    if re.search(r"[<>]|&#?\w+;", text):
        wrong.append("it has markup")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} for c in text):
        wrong.append("it has characters that nobody sees")
    return wrong + link_faults(places)


def link_faults(places: list[str]) -> list[str]:
    """Return whether a link ends before it begins: `end` follows the place that opens it."""
    opened = 0
    for place in places:
        opened += -1 if place == "end" else place in OPENERS
        if opened not in (0, 1):
            return ["a link ends where none began"]
    return ["a link has no end"] if opened else []


OPENERS = {"archive", "subscribe", "again", "never", "confirm", "write"}
"""Places that begin a link."""


def test_five_languages_and_one_from_right_to_left_are_spoken():
    assert set(languages()) == {"en", "de", "fr", "es", "ja", "ar"}


def test_what_begins_a_link_is_known_to_this_test():
    with_links = [PLACE.findall(text) for text in sentences(TEMPLATE) if "%(end)s" in text]
    assert with_links
    for places in with_links:
        assert not link_faults(places), places


@pytest.mark.parametrize("language", catalogues())
def test_every_sentence_is_there_and_no_other(language: str) -> None:
    wanted, found = set(sentences(TEMPLATE)), set(sentences(read(language)))
    assert not wanted - found, "run `make words`, then translate"
    assert not found - wanted and not read(language).obsolete, "run `make words`"


@pytest.mark.parametrize("language", catalogues())
def test_every_sentence_is_said_whole_with_the_same_places_and_no_markup(language: str) -> None:
    found = read(language)
    wanted = sentences(TEMPLATE)
    wrong = {
        text: bad
        for text, message in sentences(found).items()
        if (bad := faults(message, wanted[text], found.num_plurals))
    }
    assert not wrong


@pytest.mark.parametrize("language", catalogues())
def test_every_form_of_a_plural_is_reached_by_some_number(language: str) -> None:
    found = read(language)
    numbered = [message for message in found if message.id and message.pluralizable]
    assert numbered
    for message in numbered:
        said = {catalogue(language).ngettext(*message.id, count) for count in range(200)}
        assert said == set(forms(message))


@pytest.mark.parametrize("language", catalogues())
def test_a_catalogue_is_the_same_file_whoever_writes_it_and_when(language: str) -> None:
    assert file_of(language).read_text(encoding="utf-8") == written(read(language)), "run `make words`"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not translated"),
        ("Bonjour", "its places are"),
        ("%(nom)s", "its places are"),
        ("%(name)s %(name)s", "its places are"),
        ("%(name)s <b>", "markup"),
        ("%(name)s &amp;", "markup"),
        ("100 % %(name)s", "no place"),
        ("%(name)s\u202e", "nobody sees"),
    ],
)
def test_a_poor_translation_is_found(text: str, told: str) -> None:
    assert any(told in fault for fault in text_faults(text, Message("Hello %(name)s")))


def test_a_fuzzy_one_a_missing_form_and_a_turned_link_are_found():
    several = Message(("%(count)s more", "%(count)s more"))
    assert faults(Message(several.id, ("eins", "viele")), several, 3) == ["it has 2 forms"]
    assert faults(Message(several.id, ("one", "%(count)s")), several, 2) == []
    assert faults(Message("a", "b", flags={"fuzzy"}), Message("a"), 2) == ["it is marked as fuzzy"]
    assert link_faults(["end", "archive"]) and link_faults(["archive"]) and not link_faults(["archive", "end"])
