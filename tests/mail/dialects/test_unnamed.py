"""An MTA nobody described."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_a_failure_and_an_address_are_enough() -> None:
    raw = notification(
        "postmaster@firma.example",
        "Unzustellbar: Nr 5",
        "Ihre Nachricht an anna@example.org konnte nicht zugestellt werden.\nGrund: 552 5.2.2 Postfach voll\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "mailboxfull")]
    assert dialects(raw) == {"unnamed"}


def test_the_returned_message_tells_whom_it_was_for() -> None:
    raw = notification(
        "mailer-daemon@firma.example",
        "Delivery failure",
        ("Your message could not be delivered. The mailbox is full.\n\n") + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "mailboxfull")]
    assert dialects(raw) == {"unnamed"}


def test_our_own_addresses_are_never_the_failed_ones() -> None:
    raw = notification(
        "mailer-daemon@firma.example",
        "Delivery failure",
        "A message from news@example.com could not be delivered to anna@example.org: user unknown.\n"
        "Ask postmaster@firma.example.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"unnamed"}


def test_a_mailbox_nobody_speaks_of_failure_in_is_left_alone() -> None:
    raw = notification(
        "postmaster@firma.example", "Welcome", "Dear reader, your new account anna@example.org is ready.\n"
    )
    assert verdicts(raw) == []


def test_a_page_without_plain_text_is_read() -> None:
    page = "<html><body><p>Delivery has failed to these recipients:</p><p><a href='mailto:anna@example.org'>anna@example.org</a><br>550 5.1.1 User unknown</p></body></html>"
    raw = notification("postmaster@x.example", "Delivery Failure", page, "Content-Type: text/html; charset=utf-8")
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
