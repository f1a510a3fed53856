"""Postfix and OpenSMTPD in plain text."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_folded_words_belong_to_the_address_before() -> None:
    raw = notification(
        "MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        (
            "This is the Postfix program at host mx.example.\n"
            "\n"
            "I'm sorry to have to inform you that the message returned\n"
            "below could not be delivered to one or more destinations.\n"
            "\n"
            "<anna@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1 <anna@example.org>:\n"
            "    Recipient address rejected: User unknown (in reply to RCPT TO command)\n"
            "\n"
            "<bea@example.org>: mail for example.org loops back to myself\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [
        ("anna@example.org", "permanent", "userunknown"),
        ("bea@example.org", "transient", "networkerror"),
    ]
    assert dialects(raw) == {"postfix"}


def test_the_postmaster_copy_of_a_session_is_read() -> None:
    raw = notification(
        "MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Postfix SMTP server: errors from localhost[127.0.0.1]",
        "Transcript of session follows.\n"
        "\n"
        " Out: 220 mx.example ESMTP\n"
        " In:  MAIL FROM:<news@example.com>\n"
        " Out: 250 2.1.0 Ok\n"
        " In:  RCPT TO:<anna@example.org>\n"
        " Out: 250 2.1.5 Ok\n"
        " In:  DATA\n"
        " Out: 354 End data\n"
        " Out: 451 4.3.0 Error: queue file write error\n"
        " In:  QUIT\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "systemerror")]
    assert dialects(raw) == {"postfix-notice"}


def test_opensmtpd_writes_address_colon_reply() -> None:
    raw = notification(
        "Mailer Daemon <MAILER-DAEMON@o.example>",
        "Delivery status notification: error",
        (
            "    Hi!\n"
            "\n"
            "    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n"
            "\n"
            "    An error has occurred while attempting to deliver a message for\n"
            "    the following list of recipients:\n"
            "\n"
            "anna@example.org: 550 5.1.1 <anna@example.org>... User Unknown\n"
            "bea@example.org: 552 5.2.2 <bea@example.org>... Mailbox Full\n"
            "carl@example.invalid: Domain does not exist\n"
            "\n"
            "    Below is a copy of the original message:\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [
        ("anna@example.org", "permanent", "userunknown"),
        ("bea@example.org", "transient", "mailboxfull"),
        ("carl@example.invalid", "permanent", "hostunknown"),
    ]
    assert dialects(raw) == {"opensmtpd"}
