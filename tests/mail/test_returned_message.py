"""Laying out what came back."""

from __future__ import annotations

import pytest

from newsletter.mail.returned_message import addresses, clean_address, open_letter, split_original, strip_tags
from tests.mail.dialects.samples import RETURNED, notification


@pytest.mark.parametrize(
    "words",
    [
        "--- Below this line is a copy of the message.",
        "------ This is a copy of the message, including all the headers. ------",
        "----- Original message -----",
        "   ----- Unsent message follows -----",
        "--- The header of the original message is following. ---",
        "Original message follows.",
        "    Below is a copy of the original message:",
        "------- Returned Message --------",
        "",
    ],
)
def test_the_returned_message_is_cut_off_and_its_headers_kept(words: str) -> None:
    letter = open_letter(
        notification("mailer-daemon@mx.example", "failure notice", f"It failed.\n\n{words}\n\n{RETURNED}")
    )
    assert letter.text.strip() == "It failed."
    assert letter.original_header("to") == "anna@example.org"


def test_a_text_without_a_returned_message_is_whole() -> None:
    assert split_original("It failed.\n\nFrom here on nothing.\n") == ("It failed.\n\nFrom here on nothing.\n", "")


@pytest.mark.parametrize(
    ("headers", "machine"),
    [
        ("Return-Path: <>\nFrom: someone@example.org\n", True),
        ("From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\n", True),
        ("From: postmaster@example.org\n", True),
        ("From: Anna <anna@example.org>\nSubject: Undelivered Mail Returned to Sender\n", False),
        ("From: Anna <anna@example.org>\nSubject: Re: failure notice\nIn-Reply-To: <1@x>\n", False),
        ("From: postmaster@example.org\nList-Id: <weekly.example.org>\nSubject: failure notice\n", False),
        ("Return-Path: <>\nList-Unsubscribe: <https://example.org/u>\nFrom: news@example.org\n", False),
    ],
)
def test_only_a_mail_system_is_believed(headers: str, machine: bool) -> None:
    assert open_letter(f"{headers}\nfailed\n".encode()).from_a_machine is machine


def test_a_page_becomes_words() -> None:
    page = "<html><head><style>p {}</style></head><body><p>User<br>unknown &lt;anna@example.org&gt;</p><script>x"
    assert strip_tags(page).split() == ["User", "unknown", "<anna@example.org>"]


def test_addresses_are_found_in_running_text() -> None:
    assert addresses("to <anna@example.org>, bea@sub.example.org: and (carl+x@example.org).") == [
        "anna@example.org",
        "bea@sub.example.org",
        "carl+x@example.org",
    ]
    assert addresses("no@address here, a@b") == []
    assert clean_address('"Anna" <anna@example.org> (comment)') == "anna@example.org"
    assert clean_address("nobody") == ""
