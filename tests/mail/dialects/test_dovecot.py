"""Dovecot's refusals, and the receipts that they look like."""

from __future__ import annotations

import pytest

from tests.mail.dialects.samples import dialects, notification, verdicts

REPORT = 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'


def mdn(text: str, disposition: str) -> bytes:
    body = f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; anna@example.org\nDisposition: {disposition}\n\n--b--\n"
    return notification("postmaster@mx.example", "Rejected: Nr 5", body, REPORT)


MACHINE = "automatic-action/MDN-sent-automatically; deleted"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Quota exceeded", "mailboxfull"),
        ("Quota exceeded (mailbox for user is full)", "mailboxfull"),
        ("Mailbox is full", "mailboxfull"),
        ("I want no news.", "filtered"),
    ],
)
def test_what_was_rejected_automatically_is_a_bounce(words: str, reason: str) -> None:
    raw = mdn(f"Your message to <anna@example.org> was automatically rejected:\n{words}", MACHINE)
    assert verdicts(raw) == [("anna@example.org", "transient", reason)]
    assert dialects(raw) == {"dovecot"}


@pytest.mark.parametrize(
    ("text", "disposition"),
    [
        ("Your message was read on Monday.", "manual-action/MDN-sent-manually; displayed"),
        ("Your message was deleted without being read.", MACHINE),
        ("Your message was automatically rejected:\nno", "manual-action/MDN-sent-manually; displayed"),
    ],
)
def test_a_receipt_stays_a_receipt(text: str, disposition: str) -> None:
    assert verdicts(mdn(text, disposition)) == []
