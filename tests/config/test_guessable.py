"""Passwords that anybody would try first are known for what they are, and those that are not are left alone."""

from __future__ import annotations

import random
import secrets

import pytest

from newsletter.config.guessable import is_guessable, passwords_of


@pytest.mark.parametrize(
    "secret",
    [
        *("...", "…", "***", "<password>", "${SECRET}", "changeme", "CHANGE-ME", "Change_Me!", "changemechangeme"),
        *("password", "Passw0rd", "p@$$word1", "secret", "s3cret", "your-secret-key-here", "please replace this token"),
        *(
            "xxxxxxxxxxxxxxxx",
            "a" * 40,
            "ababababababababababababababababab",
            "hello-hello-hello-",
            "12345678",
            "87654321",
        ),
        *(
            "abcdefghijklmnopqrstuvwxyz123456",
            "postgres",
            "newsletter",
            "newsletter2026",
            "admin123",
            "todo",
            "YOUR-PASSWORD",
        ),
    ],
)
def test_a_placeholder_a_common_word_and_a_repetition_are_guessable(secret: str) -> None:
    assert is_guessable(secret)


@pytest.mark.parametrize("number", ["", "1", "123", "2024", "2030", "4055"])
@pytest.mark.parametrize("figures", [{}, {"o": "0"}, {"a": "@", "s": "$"}, {"a": "4", "e": "3", "o": "0", "s": "5"}])
def test_a_common_word_is_guessable_however_it_is_spelled_and_whatever_number_follows(
    figures: dict[str, str], number: str
) -> None:
    for word in ("password", "postgres", "newsletter", "secret", "changeme", "default", "welcome"):
        assert is_guessable(word.translate(str.maketrans(figures)) + number)


@pytest.mark.parametrize(
    "secret", ["sesame", "hunter2", "correct horse", "nl-7Hq", "a sentence nobody says", "Ö7-ßtraße"]
)
def test_a_password_of_somebody_else_is_not_called_guessable_for_being_short(secret: str) -> None:
    assert not is_guessable(secret)


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_urlsafe(12), lambda: secrets.token_hex(16), secrets.token_urlsafe]
)
def test_no_random_secret_is_guessable(make) -> None:
    assert [made for made in (make() for _ in range(2000)) if is_guessable(made)] == []


def test_long_texts_that_are_nearly_words_are_judged_in_a_number_of_looks_that_grows_with_them() -> None:
    chance = random.Random(1)
    for text in (
        "an" * 50_000,
        "1" * 100_000 + "!q",
        "".join(chance.choices(["at", "an", "12", "key"], k=50_000)) + "q",
    ):
        is_guessable(text)  # a pattern that goes back would take longer than the test may


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://me:one%2Ftwo@db/x?password=three", ["one/two", "three"]),
        ("redis://:four@h:1/0", ["four"]),
        ("smtp://u@h?tls=none", []),
        ("ses://KEY:five@eu?session_token=six", ["five", "six"]),
        ("http://[broken", []),
        ("", []),
    ],
)
def test_the_passwords_in_a_url_are_found(url: str, found: list[str]) -> None:
    assert list(passwords_of(url)) == found
