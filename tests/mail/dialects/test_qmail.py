"""qmail, Yahoo, and others who write `<address>:` and a paragraph."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_each_paragraph_is_one_recipient() -> None:
    raw = notification(
        "MAILER-DAEMON@q.example",
        "failure notice",
        (
            "Hi. This is the qmail-send program at q.example.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n"
            "\n"
            "<anna@example.org>:\n"
            "Sorry, no mailbox here by that name. (#5.1.1)\n"
            "\n"
            "<bea@example.org>:\n"
            "192.0.2.1 does not like recipient.\n"
            "Remote host said: 452 4.2.2 mailbox full\n"
            "Giving up on 192.0.2.1.\n"
            "I'm not going to try again; this message has been in the queue too long.\n"
            "\n"
            "--- Below this line is a copy of the message.\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [
        ("anna@example.org", "permanent", "userunknown"),
        ("bea@example.org", "transient", "mailboxfull"),
    ]
    assert dialects(raw) == {"qmail"}


def test_a_refused_sender_is_not_an_unknown_reader() -> None:
    raw = notification(
        "MAILER-DAEMON@q.example",
        "failure notice",
        "Hi. This is the qmail-send program at q.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n"
        "\n"
        "<anna@example.org>:\n"
        "Connected to 192.0.2.1 but sender was rejected.\n"
        "Remote host said: 550 5.7.1 <news@example.com>... Access denied\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "rejected")]
    assert dialects(raw) == {"qmail"}


def test_a_host_nobody_finds_is_unknown() -> None:
    raw = notification(
        "MAILER-DAEMON@q.example",
        "failure notice",
        "Hi. This is the qmail-send program at q.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n"
        "\n"
        "<anna@example.invalid>:\n"
        "Sorry, I couldn't find any host named example.invalid. (#5.1.2)\n",
    )
    assert verdicts(raw) == [("anna@example.invalid", "permanent", "hostunknown")]
    assert dialects(raw) == {"qmail"}


def test_a_dead_connection_is_the_network() -> None:
    raw = notification(
        "MAILER-DAEMON@q.example",
        "failure notice",
        "Hi. This is the qmail-send program at q.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n"
        "\n"
        "<anna@example.org>:\n"
        "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
        "I'm not going to try again; this message has been in the queue too long.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "networkerror")]
    assert dialects(raw) == {"qmail"}


def test_yahoo_names_the_command_in_brackets() -> None:
    raw = notification(
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        (
            "Sorry, we were unable to deliver your message to the following address.\n"
            "\n"
            "<anna@example.org>:\n"
            "Remote host said: 550 5.1.1 <anna@example.org>... User Unknown [RCPT_TO]\n"
            "\n"
            "--- Below this line is a copy of the message.\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"yahoo"}


def test_yahoo_without_a_command_speaks_of_the_address() -> None:
    raw = notification(
        "MAILER-DAEMON@yahoo.example",
        "failure notice",
        (
            "Message from yahoo.example.\n"
            "Unable to deliver message to the following address(es).\n"
            "\n"
            "<anna@example.org>:\n"
            "This user doesn't have a yahoo.example account (anna@example.org) [-5]\n"
            "\n"
            "--- Original message follows.\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"yahoo"}


def test_a_changed_greeting_is_still_read() -> None:
    raw = notification(
        "postmaster@hosting.example",
        "failure notice",
        "We're sorry. There's a problem with the e-mail address(es) listed below.\n"
        "\n"
        "<anna@example.org>:\n"
        "Message can not be delivered because the user's mailfolder is full.\n"
        "\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "mailboxfull")]
    assert dialects(raw) == {"qmail-kin"}
