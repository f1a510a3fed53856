"""Letters in a charset that nobody names."""

from __future__ import annotations

import pytest

from newsletter.sources.kinds.octets import decoded

RUSSIAN = "<title>Новая модель вышла сегодня</title>"
HEADS = ["", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0" encoding="ISO-8859-1"?>']


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("charset", "named"), [("cp1251", "Windows-1251"), ("koi8_r", "KOI8-R")])
@pytest.mark.parametrize("words", [RUSSIAN, "<title>Україна: нова модель штучного інтелекту</title>"])
def test_cyrillic_is_read_in_the_charset_that_it_is_in_whatever_it_says(
    head: str, charset: str, named: str, words: str
) -> None:
    words = words.encode(charset, "ignore").decode(charset)  # KOI8-R lacks two letters of Ukrainian
    text, told = decoded((head + words).encode(charset))
    assert text == head + words
    assert named in told[0]


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("cp1252", "Évaluer un modèle déjà créée, âgée et “ééé”: où ça, là-bas?"),
        ("cp1253", "Νέο μοντέλο τεχνητής νοημοσύνης από το εργαστήριο"),
        ("cp1255", "מודל חדש של בינה מלאכותית"),
    ],
)
def test_other_letters_are_not_taken_for_cyrillic(charset: str, words: str) -> None:
    text, told = decoded(words.encode(charset))
    assert text == words.encode(charset).decode("cp1252", "replace")
    assert "Windows-1252" in told[0]
