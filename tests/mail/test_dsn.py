"""Delivery status notifications, by the book (RFC 3464 appendix E) and as they really come."""

from __future__ import annotations

import base64

import pytest

from newsletter.feedback import reading
from tests.mail.dialects.samples import RETURNED, notification, status_report, verdicts

ANNA = "Final-Recipient: rfc822; anna@example.org\n"
PERMANENT = [("anna@example.org", "permanent", "userunknown")]


def test_a_failed_recipient_is_a_bounce() -> None:
    fields = "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: QQ314159\n\n" + ANNA
    fields += "Original-Recipient: rfc822;info@example.net\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 550 5.1.1\n <anna@example.org>: User unknown"
    (report,) = reading.read(status_report(fields))
    assert (report.kind, report.reason, report.status, report.code) == ("permanent", "userunknown", "5.1.1", 550)
    assert (report.recipient, report.alias, report.sent_to) == (
        "anna@example.org",
        "info@example.net",
        "news@example.com",
    )
    assert (report.envelope_id, report.reporting_mta, report.remote_mta) == ("QQ314159", "mx.example", "mx.example.org")
    assert (report.message_id, report.dialect, report.action) == ("<5.anna@example.com>", "rfc3464", "failed")
    assert report.diagnostic == "550 5.1.1 <anna@example.org>: User unknown"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "deliverable"])
def test_what_went_on_is_no_bounce(action: str) -> None:
    assert verdicts(status_report(f"Reporting-MTA: dns; mx\n\n{ANNA}Action: {action}\nStatus: 2.0.0")) == [
        ("anna@example.org", "none", "delivered")
    ]


def test_a_delay_is_no_bounce_but_keeps_its_reason() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: delayed\nStatus: 4.2.2\nWill-Retry-Until: Tue, 2 Jan 2024 00:00:00 +0000"
    assert verdicts(status_report(fields)) == [("anna@example.org", "none", "mailboxfull")]


def test_each_recipient_is_judged_alone() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; bea@example.org\nAction: delivered\nStatus: 2.1.5\n\nFinal-Recipient: rfc822; carl@example.org\nAction: failed\nStatus: 5.2.2"
    assert verdicts(status_report(fields)) == [
        *PERMANENT,
        ("bea@example.org", "none", "delivered"),
        ("carl@example.org", "transient", "mailboxfull"),
    ]


def test_recipients_without_a_blank_line_between_are_told_apart() -> None:
    fields = f"Reporting-MTA: dns; mx\n{ANNA}Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; bea@example.org\nAction: failed\nStatus: 5.2.2"
    assert [recipient for recipient, _, _ in verdicts(status_report(fields))] == ["anna@example.org", "bea@example.org"]


def test_a_diagnostic_broken_without_indent_is_joined() -> None:
    fields = f"Reporting-MTA: dns; mx\nDiagnostic-Code: smtp; 550-Please\n\n550-wait: the user is\n550 unknown here\nStatus: 5.0.0\nAction: failed\n{ANNA}"
    (report,) = reading.read(status_report(fields))
    assert report.diagnostic == "550-Please 550-wait: the user is 550 unknown here"


def test_the_command_comes_from_the_words_for_people() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 User unknown"
    asked = "<anna@example.org>: host mx.example.org said: 550 User unknown (in reply to {} command)"
    assert verdicts(status_report(fields, asked.format("RCPT TO"))) == PERMANENT
    assert verdicts(status_report(fields, asked.format("end of DATA"))) == [
        ("anna@example.org", "transient", "filtered")
    ]


def test_a_transcript_gives_the_command_of_the_reply() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 User unknown"
    assert (
        verdicts(
            status_report(
                fields,
                ">>> MAIL From:<a@example.com>\n<<< 250 ok\n>>> RCPT To:<anna@example.org>\n<<< 550 User unknown",
            )
        )
        == PERMANENT
    )


def test_a_recipient_that_is_no_address_is_sought_elsewhere() -> None:
    fields = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; @mx.example.org\nAction: failed\nStatus: 5.1.1"
    assert verdicts(status_report(fields, "The address <anna@example.org> had permanent errors")) == PERMANENT


def test_a_report_that_lost_its_recipients_is_about_whom_the_message_was_for() -> None:
    assert verdicts(status_report("Reporting-MTA: dns; mx", "--- Delivery report unavailable ---")) == [
        ("anna@example.org", "transient", "undefined")
    ]


def test_fields_in_base64_are_read() -> None:
    fields = base64.b64encode(f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.1.1\n".encode()).decode()
    raw = status_report("@").replace(
        b"message/delivery-status\n\n@",
        b"message/delivery-status\nContent-Transfer-Encoding: base64\n\n" + fields.encode(),
    )
    assert verdicts(raw) == PERMANENT


def test_fields_in_plain_text_are_trusted_from_a_mail_system_only() -> None:
    text = f"Technical report:\n\nReporting-MTA: dns; mx\n{ANNA}Action: failed\nStatus: 5.1.1\n"
    assert (
        verdicts(notification("MAILER-DAEMON@mx.example", "Delivery Status Notification (Failure)", text)) == PERMANENT
    )
    assert (
        verdicts(
            notification("Anna <anna@example.org>", "Re: Delivery Status", text).replace(
                b"Return-Path: <>", b"In-Reply-To: <1@x>"
            )
        )
        == []
    )


def test_a_program_that_failed_says_so_by_its_exit_code() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.3.0\nDiagnostic-Code: X-Unix; 67"
    assert verdicts(status_report(fields)) == PERMANENT


def test_powermta_names_the_reason_itself() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp;550 no\nX-PowerMTA-BounceCategory: bad-mailbox"
    assert verdicts(status_report(fields)) == PERMANENT


def test_an_action_that_is_missing_follows_the_status() -> None:
    assert verdicts(status_report(f"Reporting-MTA: dns; mx\n\n{ANNA}Status: 5.1.1")) == PERMANENT
    assert verdicts(status_report(f"Reporting-MTA: dns; mx\n\n{ANNA}Status: 2.1.5")) == [
        ("anna@example.org", "none", "delivered")
    ]


def test_the_words_of_the_returned_message_are_not_a_verdict() -> None:
    raw = status_report(f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.2.2").replace(
        b"Good morning", b"550 5.1.1 user unknown"
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "mailboxfull")]
    assert RETURNED.encode()[:40] in raw


def test_a_report_about_very_many_is_bounded() -> None:
    fields = "Reporting-MTA: dns; mx\n" + "".join(
        f"\nFinal-Recipient: rfc822; r{i}@example.org\nAction: failed\nStatus: 5.1.1\n" for i in range(3000)
    )
    assert 500 <= len(reading.read(status_report(fields))) <= 1000


@pytest.mark.parametrize(
    "fields",
    [
        "Final-Recipient: utf-8; anna@example.org\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: RFC822; <anna@example.org>\nAction: Failed (5.1.1)\nStatus: 5.1.1 (no such user)",
        "Final-Recipient: X-Unknown; anna@example.org\nAction: failed\nStatus: 5.1.1",
        "Original-Recipient: rfc822;anna@example.org\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: X400; /c=xx/o=example\nOriginal-Recipient: rfc822;anna@example.org\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: rfc822;@relay.example:anna@server\nOriginal-Recipient: rfc822;anna@example.org\nAction: failed\nStatus: 5.1.1",
        "Action: failed\nFinal-Recipient: rfc822; anna@example.org\nDiagnostic-Code: 550 5.1.1 no such user\nStatus: 5.0.0",
        "Final-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.0.350\nDiagnostic-Code: smtp;550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown",
    ],
)
def test_known_departures_from_the_grammar_are_read(fields: str) -> None:
    assert verdicts(status_report(f"Reporting-MTA: dns; mx\n\n{fields}")) == PERMANENT
    assert verdicts(status_report(f"Reporting-MTA: dns; mx\n\n{fields}").replace(b"\n", b"\r\n")) == PERMANENT


def test_other_containers_are_opened_too() -> None:
    raw = status_report(f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.1.1")
    assert verdicts(raw.replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")) == PERMANENT
    assert verdicts(raw.replace(b"message/delivery-status", b"message/global-delivery-status")) == PERMANENT
    alone = notification(
        "MAILER-DAEMON@mx",
        "Undelivered",
        f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.1.1\n",
        "Content-Type: message/delivery-status",
    )
    assert verdicts(alone) == PERMANENT


def test_a_courier_dialogue_tells_the_command() -> None:
    fields = f"Reporting-MTA: dns; mx\n\n{ANNA}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 User Unknown"
    text = "This is a delivery status notification from mx,\nrunning the Courier mail server.\n\n<anna@example.org>:\n    mx.example.org [192.0.2.2]:\n>>> RCPT TO:<anna@example.org>\n<<< 550 User Unknown\n"
    assert verdicts(status_report(fields, text)) == PERMANENT
