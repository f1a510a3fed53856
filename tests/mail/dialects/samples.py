"""Building notifications as MTAs write them; every sample is our own, with example names."""

from __future__ import annotations

from newsletter.feedback import reading

RETURNED = """Received: from a.example.com by b.example.com; Mon, 1 Jan 2024 00:00:00 +0000
From: news@example.com
To: anna@example.org
Subject: Nr 5
Message-ID: <5.anna@example.com>

Good morning
"""


def notification(sender: str, subject: str, text: str, *headers: str) -> bytes:
    """A plain-text notification with a null return path."""
    head = ["Return-Path: <>", f"From: {sender}", "To: news@example.com", f"Subject: {subject}", "MIME-Version: 1.0"]
    return "\n".join([*head, *(headers or ("Content-Type: text/plain; charset=utf-8",)), "", text]).encode()


def status_report(
    fields: str,
    text: str = "Delivery failed.",
    *,
    sender: str = "MAILER-DAEMON@mx.example",
    subject: str = "Undelivered",
) -> bytes:
    """An RFC 3464 notification."""
    body = (
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n--b\nContent-Type: message/delivery-status\n\n{fields}\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{RETURNED}\n--b--\n"
    )
    return notification(
        sender, subject, body, 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    )


def verdicts(raw: bytes) -> list[tuple[str, str, str]]:
    """(recipient, class, reason) of every report in a message."""
    return [(report.recipient, str(report.kind), str(report.reason)) for report in reading.read(raw)]


def dialects(raw: bytes) -> set[str]:
    """Which readers understood a message."""
    return {report.dialect for report in reading.read(raw)}
