"""GMX and 1&1: a quoted address and a colon."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_two_readers_two_reasons() -> None:
    raw = notification(
        "MAILER-DAEMON@mail.gmx.example",
        "Mail delivery failed: returning message to sender",
        (
            "This message was created automatically by mail delivery software.\n"
            "\n"
            "A message that you sent could not be delivered to one or more of\n"
            "its recipients. This is a permanent error. The following address\n"
            "failed:\n"
            "\n"
            '"anna@example.org":\n'
            "SMTP error from remote server after RCPT command:\n"
            "host: mx.example.org\n"
            "5.1.1 <anna@example.org>... User Unknown\n"
            "\n"
            '"bea@example.org":\n'
            "SMTP error from remote server after RCPT command:\n"
            "host: mx.example.org\n"
            "5.2.2 <bea@example.org>... Mailbox Full\n"
            "\n"
            "--- The header of the original message is following. ---\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [
        ("anna@example.org", "permanent", "userunknown"),
        ("bea@example.org", "transient", "mailboxfull"),
    ]
    assert dialects(raw) == {"gmx"}
