"""Encoded words, read back by the standard library."""

import email.header

from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.encoded_word import encoded_words

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)


@given(TEXT, st.integers(0, 40))
def test_every_word_keeps_its_length_and_all_together_say_the_text(text, before):
    words = encoded_words(text, before=before).split(" ")
    assert all(len(word) <= 75 for word in words)
    assert before + len(words[0]) <= 75
    decoded = [email.header.decode_header(word)[0] for word in words]
    assert all(charset == "utf-8" for _, charset in decoded)
    # Each word is whole characters by itself.
    assert "".join(octets.decode() for octets, _ in decoded) == text


def test_mostly_ascii_text_stays_readable():
    assert encoded_words("Grüße aus dem Norden") == "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_dem_Norden?="


def test_text_without_ascii_takes_the_shorter_form():
    assert encoded_words("新闻简报") == "=?utf-8?b?5paw6Ze7566A5oql?="
