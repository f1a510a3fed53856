"""Automatic mail that is no bounce."""

from __future__ import annotations

import pytest

from newsletter.mail.autoreply import Automatic, kind
from newsletter.mail.returned_message import open_letter
from tests.mail.dialects.samples import status_report, verdicts

PERSON = "From: Anna <anna@example.org>\nTo: news@example.com\n"


def of(headers: str, text: str = "I am away.") -> Automatic | None:
    return kind(open_letter(f"{headers}\n{text}\n".encode()))


@pytest.mark.parametrize(
    "headers",
    [
        PERSON + "Subject: Re: Nr 5\nAuto-Submitted: auto-replied\n",
        PERSON + "Subject: Out of office: Nr 5\n",
        PERSON + "Subject: Abwesenheitsnotiz\n",
        PERSON + "Subject: =?utf-8?B?6Ieq5YuV6L+U5L+h?=\n",
        PERSON + "Subject: Re: Nr 5\nX-Autoreply: yes\n",
        PERSON + "Subject: Re: Nr 5\nPrecedence: auto_reply\n",
        PERSON + "Subject: Automatic reply: Nr 5\nReturn-Path: <>\n",
    ],
)
def test_an_answer_on_behalf_of_a_person_is_a_vacation(headers: str) -> None:
    assert of(headers) is Automatic.VACATION
    assert verdicts(f"{headers}\nThe mailbox is full of mail, user unknown, 550 5.1.1\n".encode()) == [
        ("anna@example.org", "none", "vacation")
    ]


@pytest.mark.parametrize("mode", ["displayed", "deleted"])
def test_a_receipt_is_no_bounce(mode: str) -> None:
    raw = (
        f"{PERSON}Subject: Read: Nr 5\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nYour message was {mode} without being read.\n"
        f"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;anna@example.org\nDisposition: automatic-action/MDN-sent-automatically; {mode}\n--b--\n"
    ).encode()
    assert kind(open_letter(raw)) is Automatic.RECEIPT
    assert verdicts(raw) == []


def test_statistics_are_no_bounce() -> None:
    dmarc = "From: noreply-dmarc@example.net\nReturn-Path: <>\nSubject: Report domain: example.com Submitter: example.net Report-ID: 1\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n"
    tls = "From: tls@example.net\nSubject: Report Domain: example.com\nTLS-Report-Domain: example.com\nContent-Type: multipart/report; report-type=tlsrpt; boundary=b\n"
    for headers in (dmarc, tls):
        assert of(headers, "UEsDBA==") is Automatic.STATISTICS
        assert verdicts(f"{headers}\nUEsDBA==\n".encode()) == []


def test_a_challenge_is_no_bounce() -> None:
    headers = "Return-Path: <>\nFrom: no-reply@guard.example\nTo: news@example.com\nSubject: Please confirm your message to anna@example.org\nAuto-Submitted: auto-replied\n"
    text = (
        "Your message to anna@example.org has not been delivered. Click the link below to confirm that you are human."
    )
    assert of(headers, text) is Automatic.CHALLENGE
    assert verdicts(f"{headers}\n{text}\n".encode()) == []


def test_a_bounce_marked_auto_replied_is_still_a_bounce() -> None:
    raw = status_report(
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1"
    ).replace(b"MIME-Version", b"Auto-Submitted: auto-replied\nMIME-Version", 1)
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
