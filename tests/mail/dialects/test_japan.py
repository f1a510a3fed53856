"""Japanese carriers and gateways."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_au_quotes_the_dialogue() -> None:
    raw = notification(
        "Postmaster@ezweb.example",
        "Mail System Error - Returned Mail",
        "Each of the following recipients was rejected by a remote\n"
        "mail server.\n"
        "\n"
        "    Recipient: <anna@ezweb.example>\n"
        "    >>> RCPT TO:<anna@ezweb.example>\n"
        "    <<< 550 <anna@ezweb.example>: User unknown\n",
    )
    assert verdicts(raw) == [("anna@ezweb.example", "permanent", "userunknown")]
    assert dialects(raw) == {"ezweb"}


def test_kddi_says_the_mailbox_is_full() -> None:
    raw = notification(
        "no-reply@kddi.example",
        "Mail",
        "Your mail sent on: Thu, 29 Apr 2013 00:00:00 +0900 \n"
        "     Could not be delivered to: <anna@kddi.example> \n"
        "     As their mailbox is full.\n",
    )
    assert verdicts(raw) == [("anna@kddi.example", "transient", "mailboxfull")]
    assert dialects(raw) == {"kddi"}


def test_mfilter_names_the_command() -> None:
    raw = notification(
        "POSTMASTER <postmaster@example.org>",
        "failure notice",
        (
            "以下のメールアドレスへの送信に失敗しました。\n"
            "anna@example.org\n"
            "\n"
            "-------server message\n"
            "550 unknown user <anna@example.org>\n"
            "\n"
            "-------SMTP command\n"
            "DATA\n"
            "\n"
            "-------original message\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "filtered")]
    assert dialects(raw) == {"mfilter"}


def test_active_hunter_marks_the_address() -> None:
    raw = notification(
        "MAILER-DAEMON@example.net",
        "FAILURE NOTICE :",
        (
            "This mail sent from the mail system.\n"
            "\n"
            "  ----- The following addresses had permanent fatal errors -----\n"
            "\n"
            ">>> anna@example.org <anna@example.org>\n"
            "\n"
            "   ----- Non-delivered information -----\n"
            "SMTP error from remote server: 550 sorry, no mailbox here by that name (#5.1.1 - chkusr)\n"
            "\n"
            "   ----- Original message -----\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]


def test_interscan_writes_sent_and_received() -> None:
    raw = notification(
        "InterScan MSS <mailer-daemon@example.org>",
        "Mail could not be delivered",
        "Sent >>> RCPT TO: <anna@example.org>\n"
        "Received <<< 550 Unknown user address: anna@example.org\n"
        "\n"
        "Unable to deliver message to <anna@example.org>\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"interscan"}


def test_words_in_brackets_follow_the_address() -> None:
    raw = notification(
        '"Mail Deliver System" <MAILER-DAEMON>',
        "Returned Mail: User unknown",
        "The original message was received at Thu, 29 Apr 2011 23:34:45 +0900\n"
        "from news@example.com\n"
        "\n"
        "---The following addresses had delivery errors---\n"
        "\n"
        "anna@example.org [User unknown]\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "filtered")]
    assert dialects(raw) == {"bracketed"}
