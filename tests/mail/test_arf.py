"""Abuse feedback reports (RFC 5965), and complaints without them."""

from __future__ import annotations

import pytest

from newsletter.feedback import reading
from tests.mail.complaints import COMPLAINTS
from tests.mail.dialects.families import Verdicts
from tests.mail.dialects.samples import RETURNED, verdicts


def feedback(fields: str, original: str = RETURNED) -> bytes:
    return (
        "From: <abusedesk@example.net>\nTo: <abuse@example.com>\nSubject: FW: Earn money\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n'
        f"--b\nContent-Type: message/feedback-report\n\n{fields}\n--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", "complaint"),
        ("fraud", "complaint"),
        ("virus", "complaint"),
        ("other", "complaint"),
        ("x-new", "complaint"),
        ("not-spam", "none"),
        ("auth-failure", "none"),
        ("dmarc", "none"),
        ("opt-out", "unsubscribe"),
        ("opt-out-list", "unsubscribe"),
        ("Abuse", "complaint"),
    ],
)
def test_types_are_told_apart(kind: str, expected: str) -> None:
    assert verdicts(feedback(f"Feedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n")) == [
        ("anna@example.org", expected, "feedback")
    ]


def test_every_original_recipient_complains() -> None:
    raw = feedback(
        "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <bea@example.org>\nOriginal-Rcpt-To: carl@example.org\nReporting-MTA: dns; mail.example.net\nOriginal-Envelope-Id: E1\n"
    )
    reports = reading.read(raw)
    assert [report.recipient for report in reports] == ["bea@example.org", "carl@example.org"]
    assert {
        (report.feedback_type, report.reporting_mta, report.envelope_id, report.message_id) for report in reports
    } == {("abuse", "mail.example.net", "E1", "<5.anna@example.com>")}


def test_a_redacted_reader_leaves_the_message_id_to_find_the_delivery() -> None:
    (report,) = reading.read(
        feedback("Feedback-Type: abuse\n", RETURNED.replace("anna@example.org", "undisclosed-recipients:;"))
    )
    assert (report.kind, report.recipient, report.message_id) == ("complaint", "", "<5.anna@example.com>")


def test_microsofts_junk_mail_report_is_a_complaint() -> None:
    raw = b"From: staff@hotmail.com\nTo: abuse@example.com\nSubject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: anna@hotmail.example\nSubject: Nr 5\n\nhi\n--b--\n"
    assert verdicts(raw) == [("anna@hotmail.example", "complaint", "feedback")]


def test_apples_unsubscribe_button_is_an_unsubscribe() -> None:
    raw = b"From: anna@example.org\nTo: leave@example.com\nSubject: unsubscribe\nX-Apple-Unsubscribe: true\n\n"
    assert verdicts(raw) == [("anna@example.org", "unsubscribe", "feedback")]


def test_a_message_about_complaints_is_not_one() -> None:
    assert (
        verdicts(
            b"From: Anna <anna@example.org>\nTo: news@example.com\nSubject: abuse report\n\nFeedback-Type: abuse\n"
        )
        == []
    )


@pytest.mark.parametrize(("raw", "expected"), [pytest.param(raw, said, id=name) for name, raw, said in COMPLAINTS])
def test_a_complaint_is_understood_in_every_form(raw: bytes, expected: Verdicts) -> None:
    assert verdicts(raw) == expected
