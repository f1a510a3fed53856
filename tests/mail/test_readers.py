"""Who is meant: the reader, whole, and nobody else."""

from __future__ import annotations

import pytest

from newsletter.mail import readers
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import open_letter
from tests.mail.dialects.samples import RETURNED, notification


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("dda:SMTP=anna@example.org", "anna@example.org"),
        ("c=us;a= ;p=org;dda:SMTP=anna@example.org", "anna@example.org"),
        ("smtp:anna@example.org", "anna@example.org"),
        ("rfc822;anna@example.org", "anna@example.org"),
        ("bounce+anna=example.org@example.com", "bounce+anna=example.org@example.com"),
        ("anna@example.org", "anna@example.org"),
    ],
)
def test_an_address_loses_the_type_before_it(written: str, address: str) -> None:
    assert readers.tidy(written) == address


def test_who_follows_rcpt_was_asked_for_and_nobody_else() -> None:
    session = (
        "MAIL FROM:<news@example.com>\nRCPT TO:<anna@example.org>\nRCPT TO: bea@example.net\nRCPT TO:<anna@example.org>"
    )
    assert readers.asked(session) == ["anna@example.org", "bea@example.net"]


def test_words_before_an_address_may_give_it_to_somebody_else() -> None:
    text = "From: news@example.com\nmessage <5@mail.example.com> to anna@example.org, contact: help@example.net"
    assert readers.named(text) == ["anna@example.org"]
    assert readers.somebody_elses(text) == {"news@example.com", "5@mail.example.com", "help@example.net"}


def test_one_who_writes_to_himself_is_a_reader() -> None:
    alone = open_letter(notification("MAILER-DAEMON@mx.example", "Undelivered", "x"))
    kept = readers.about_readers(alone, [Failure("news@example.com")])
    assert [failure.recipient for failure in kept] == ["news@example.com"]
    kept = readers.about_readers(alone, [Failure("news@example.com"), Failure("anna@example.org")])
    assert [failure.recipient for failure in kept] == ["anna@example.org"]


def test_the_returned_message_tells_a_cut_address_whole() -> None:
    returned = RETURNED.replace("anna@example.org", "d'angelo@example.org")
    letter = open_letter(notification("MAILER-DAEMON@mx.example", "Undelivered", "Sorry.\n\n" + returned))
    kept = readers.about_readers(letter, [Failure("angelo@example.org")])
    assert [failure.recipient for failure in kept] == ["d'angelo@example.org"]
