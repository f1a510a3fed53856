"""Letters in a charset that nobody names, or the header of the answer alone."""

from __future__ import annotations

import pytest

from newsletter.sources.kinds.octets import decoded, in_utf8

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


@pytest.mark.parametrize(
    ("charset", "header"),
    [
        ("cp1250", "text/xml; charset=windows-1250"),
        ("iso8859_2", 'text/csv;header=present; Charset="ISO-8859-2"'),
        ("iso2022_jp", "application/xml; charset = iso-2022-jp"),
        ("utf-16-le", "text/csv; charset=utf-16le"),
    ],
)
def test_the_charset_that_a_header_names_counts_where_the_octets_name_none(charset: str, header: str) -> None:
    words = "Žluťoučký kůň" if charset != "iso2022_jp" else "新しいモデル"
    assert decoded(in_utf8(words.encode(charset), header)) == (words, [])


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Žluťoučký".encode(), "text/xml; charset=windows-1250"),
        ('<?xml version="1.0" encoding="iso-8859-2"?>Ž'.encode("iso8859_2"), "text/xml; charset=windows-1251"),
        ("\ufeffŽ".encode("utf-16-le"), "text/csv; charset=windows-1250"),
        ("é".encode("cp1252"), "text/xml; charset=iso-8859-1"),
        ("é".encode("cp1252"), "text/xml; charset=utf-8"),
        (b"+AOk-", "text/xml; charset=utf-7"),
        (b"\xe9 plain", "text/xml; charset=unicode_escape"),
        (b"\x81\xff", "text/xml; charset=shift_jis"),
        (b"\x1f\x8b\x08\xff", "text/xml; charset=windows-1250"),
        (b"\xe9", "text/xml"),
        (b"\xe9", "charset=" + "x" * 5000),
    ],
)
def test_octets_stay_where_they_say_it_better_or_a_header_says_nothing_that_fits(content: bytes, header: str) -> None:
    assert in_utf8(content, header) == content
