"""The words that belong to one address."""

from __future__ import annotations

from newsletter.mail.excerpts import ALONE, HEAD, about, by_heads, delayed, failed_recipients, headed
from newsletter.mail.returned_message import open_letter


def test_an_address_heads_its_words_to_the_next_one() -> None:
    text = "<anna@example.org>:\n  unknown\n  really\n<bea@example.org>:\n  full\n"
    assert by_heads(text, ALONE) == [("anna@example.org", "unknown\n  really"), ("bea@example.org", "full")]
    assert by_heads("anna@example.org: 550 no\nbea@example.org: 552 full\n", HEAD) == [
        ("anna@example.org", "550 no"),
        ("bea@example.org", "552 full"),
    ]
    assert by_heads("nobody", ALONE) == []


def test_an_address_repeated_in_its_own_words_does_not_end_them() -> None:
    assert by_heads("  anna@example.org\n    after RCPT TO:\n    <anna@example.org>:\n    550 no\n", ALONE)[0][
        1
    ].endswith("550 no")


def test_words_about_an_address_are_its_passage_or_its_paragraph() -> None:
    assert about("x\n\n<anna@example.org>: full\n\ny", "anna@example.org") == "full"
    assert "could not reach" in about("We could not reach anna@example.org today.\n\nBye", "anna@example.org")
    assert headed("anna@example.org", "bea@example.org") == ""


def test_a_delay_is_told_from_a_failure() -> None:
    def letter(subject: str, text: str) -> bool:
        return delayed(open_letter(f"Subject: {subject}\n\n{text}\n".encode()))

    assert letter("Delayed Mail (still being retried)", "")
    assert letter("status", "THIS IS A WARNING MESSAGE ONLY.")
    assert not letter("Undelivered Mail", "it failed")
    assert not letter("failure", "We will try again.\nI've given up; this is a permanent error")


def test_failed_recipients_are_read_from_their_header() -> None:
    assert failed_recipients(open_letter(b"X-Failed-Recipients: anna@example.org,\n bea@example.org\n\n")) == [
        "anna@example.org",
        "bea@example.org",
    ]
