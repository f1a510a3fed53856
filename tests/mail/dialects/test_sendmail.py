"""sendmail without an RFC 3464 part: lists and transcripts."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_the_transcript_tells_what_was_refused() -> None:
    raw = notification(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Returned mail: User unknown",
        (
            "The original message was received at Mon, 1 Jan 2001\n"
            "\n"
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<anna@example.org>\n"
            "\n"
            "   ----- Transcript of session follows -----\n"
            "... while talking to mx.example.org.:\n"
            ">>> RCPT To:<anna@example.org>\n"
            "<<< 550 <anna@example.org>... User unknown\n"
            "550 <anna@example.org>... User unknown\n"
            "\n"
            "   ----- Original message follows -----\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"sendmail"}


def test_a_local_verdict_needs_no_session() -> None:
    raw = notification(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Returned mail: Host unknown",
        (
            "   ----- Transcript of session follows -----\n"
            "550 <anna@example.invalid>... Host unknown (Authoritative answer from name server)\n"
            "554 <bea@example.org>... Local configuration error\n"
            "\n"
            "   ----- Unsent message follows -----\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [
        ("anna@example.invalid", "permanent", "hostunknown"),
        ("bea@example.org", "transient", "systemerror"),
    ]
    assert dialects(raw) == {"sendmail"}


def test_a_relay_refusal_at_mail_is_not_about_the_reader() -> None:
    raw = notification(
        "Mail Delivery Subsystem <MAILER-DAEMON@s.example>",
        "Returned mail: Remote protocol error",
        (
            "   ----- Transcript of session follows -----\n"
            "While talking to mx.example.org:\n"
            ">>> MAIL From:<news@example.com>\n"
            "<<< 550 Insecure Mail Relay\n"
            "554 <anna@example.org>... Remote protocol error\n"
            "\n"
            "   ----- Unsent message follows -----\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "norelaying")]
    assert dialects(raw) == {"sendmail"}
