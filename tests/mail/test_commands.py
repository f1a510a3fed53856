"""Which SMTP command was answered."""

from __future__ import annotations

import pytest

from newsletter.mail.commands import answered, transcript


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("550 no (in reply to RCPT TO command)", "RCPT"),
        ("550 no (in reply to end of\n    DATA command)", "DATA"),
        ("host mx refused to talk to me: 554 no", "CONN"),
        ("SMTP error from remote mail server after MAIL FROM:<a@example.com> SIZE=1:\n 550 no", "MAIL"),
        ("SMTP error from remote mail server after initial connection:\n 554 no", "CONN"),
        ("SMTP error from remote mail server after end of data:\n 554 no", "DATA"),
        ("SMTP error from remote server after RCPT command:", "RCPT"),
        ("mx [192.0.2.1] did not like our RCPT TO:\n550 no", "RCPT"),
        ("Connected to 192.0.2.1 but sender was rejected.", "MAIL"),
        ("192.0.2.1 failed after I sent the message.", "DATA"),
        ("550 no [RCPT_TO]", "RCPT"),
        ("550 no (state 14).", "RCPT"),
        ("the mailbox is full", ""),
    ],
)
def test_the_command_is_told_by_the_mtas_phrase(text: str, command: str) -> None:
    assert answered(text) == command


def test_a_transcript_is_read_by_the_reply_wanted() -> None:
    text = ">>> MAIL From:<a@example.com>\n<<< 250 ok\n>>> RCPT To:<b@example.org>\n<<< 550 unknown\n>>> DATA\n<<< 503 5.0.0 Need RCPT\n<<< 554 spam"
    assert transcript(text) == ("RCPT", "550 unknown")
    assert transcript(text, "554 spam") == ("DATA", "554 spam")


def test_a_recipient_refused_in_a_pipelined_session_is_not_taken_for_a_message_refused() -> None:
    text = (
        "... while talking to mx.example.org.:\n>>> DATA\n<<< 550 5.1.1 <b@example.org> User unknown\n"
        "550 5.1.1 <b@example.org>... User unknown\n<<< 503 5.5.1 Need RCPT (recipient)\n"
    )
    assert transcript(text) == ("RCPT", "550 5.1.1 <b@example.org> User unknown")
    assert answered(text, "550 5.1.1 <b@example.org> User unknown") == "RCPT"
    assert transcript(text.partition("<<< 503")[0])[0] == "DATA"  # nothing says otherwise
