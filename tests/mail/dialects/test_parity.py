"""The same words of a server give one verdict, whichever mail system brings them, and with or without RFC 3464."""

from __future__ import annotations

import pytest

from tests.mail.dialects.samples import RETURNED, notification, status_report, verdicts
from tests.mail.reasons.texts_of_mailboxes import SAID_TODAY

ANNA = "anna@example.org"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"

REPLIES = sorted({words for _, _, command, words in SAID_TODAY if command in {"RCPT", ""} and words[:1] in "45"})
"""Replies of servers, as their code at the beginning shows."""


def in_a_report(reply: str, command: str) -> bytes:
    said = f"<{ANNA}>: host mx.example.org[192.0.2.1] said: {reply} (in reply to {command})"
    status = f"{reply[0]}.0.0"
    return status_report(
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {reply}",
        said,
    )


def of_postfix(reply: str, command: str) -> bytes:
    return notification(
        DAEMON,
        "Undelivered Mail Returned to Sender",
        f"This is the mail system at host mx.example.\n\nYour message could not be delivered.\n\n<{ANNA}>: host mx.example.org[192.0.2.1] said: {reply} (in reply to {command} command)\n",
    )


def of_exim(reply: str, command: str) -> bytes:
    return notification(
        DAEMON,
        "Mail delivery failed: returning message to sender",
        f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered.\n\n  {ANNA}\n    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after {command}:<{ANNA}>:\n    {reply}\n",
    )


def of_qmail(reply: str, command: str) -> bytes:
    return notification(
        DAEMON,
        "failure notice",
        f"Hi. This is the qmail-send program at mx.example.\n\n<{ANNA}>:\n192.0.2.1 does not like recipient.\nRemote host said: {reply}\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n{RETURNED}",
    )


def of_exchange(reply: str, command: str) -> bytes:
    return notification(
        "postmaster@mx.example",
        "Undeliverable: Nr 5",
        f"Delivery has failed to these recipients or groups:\n\n{ANNA}\nSorry.\n\nDiagnostic information for administrators:\n\nGenerating server: mx.example\n\n{ANNA}\nRemote Server returned '{reply}'\n",
    )


@pytest.mark.parametrize("reply", REPLIES)
def test_one_reply_has_one_verdict_in_every_form(reply: str) -> None:
    expected = verdicts(in_a_report(reply, "RCPT TO"))
    assert len(expected) == 1
    found = {each.__name__: verdicts(each(reply, "RCPT TO")) for each in (of_postfix, of_exim, of_qmail, of_exchange)}
    assert found == dict.fromkeys(found, expected)


@pytest.mark.parametrize("reply", REPLIES)
def test_a_notification_of_an_unnamed_system_has_the_verdict_of_a_report_that_names_no_command(reply: str) -> None:
    report = f"Final-Recipient: rfc822; {ANNA}\nAction: failed\nDiagnostic-Code: smtp; {reply}"
    alone = notification(DAEMON, "Delivery failed", f"Delivery failed.\n\n<{ANNA}>: {reply}\n")
    assert verdicts(alone) == verdicts(status_report(report))
