"""Complaints by the book (RFC 5965) and as providers really send them: (name, message, verdicts)."""

from __future__ import annotations

import base64

from tests.mail.dialects.families import ANNA, BEA, Verdicts
from tests.mail.dialects.samples import RETURNED

COMPLAINT: Verdicts = [(ANNA, "complaint", "feedback")]


def arf(
    kind: str, *more: str, original: str = RETURNED, sender: str = "feedback@fbl.example", subject: str = "FW: Nr 5"
) -> bytes:
    """A report with these fields more."""
    head = [
        "Return-Path: <feedback@fbl.example>",
        f"From: <{sender}>",
        "To: fbl@example.com",
        f"Subject: {subject}",
        "MIME-Version: 1.0",
    ]
    head += [
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
    ]
    head += [
        "This is a report about unwanted mail.",
        "--b",
        "Content-Type: message/feedback-report",
        "",
        f"Feedback-Type: {kind}",
        "User-Agent: FBL/1.0",
        "Version: 1",
    ]
    return "\n".join([*head, *more, "", "--b", "Content-Type: message/rfc822", "", original, "--b--", ""]).encode()


# fmt: off
COMPLAINTS: list[tuple[str, bytes, Verdicts]] = [
    ("abuse", arf("abuse","Original-Rcpt-To: <anna@example.org>"), COMPLAINT),
    ("abuse type", arf("abuse","Original-Rcpt-To: rfc822; anna@example.org"), COMPLAINT),
    ("fraud", arf("fraud","Original-Rcpt-To: anna@example.org"), COMPLAINT),
    ("virus", arf("virus"), COMPLAINT),
    ("unknown type", arf("phishing"), COMPLAINT),
    ("optout", arf("opt-out","Original-Rcpt-To: <anna@example.org>"),[(ANNA, "unsubscribe","feedback")]),
    ("optout list", arf("opt-out-list","Removal-Recipient: <anna@example.org>"),[(ANNA, "unsubscribe","feedback")]),
    ("not spam", arf("not-spam"),[(ANNA, "none","feedback")]),
    ("auth failure", arf("auth-failure","Auth-Failure: dmarc","Delivery-Result: reject"),[(ANNA, "none","feedback")]),
    ("aol redacted", arf("abuse","Redacted-Address: redacted",original=RETURNED.replace("anna@example.org","redacted@aol.com"),sender="scomp@aol.net",subject="Email Feedback Report for IP 192.0.2.1"),[("redacted@aol.com","complaint","feedback")]),
    ("several", arf("abuse","Original-Rcpt-To: <anna@example.org>","Original-Rcpt-To: <bea@example.net>"),[*COMPLAINT, (BEA,"complaint","feedback")]),
    ("upper case", arf("Abuse","ORIGINAL-RCPT-TO: <Anna@Example.org>"),[("Anna@Example.org","complaint","feedback")]),
    ("hotmail jmrp", b"From: <staff@hotmail.com>\nTo: fbl@example.com\nSubject: complaint about message from 192.0.2.1\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: anna@example.org\n"+RETURNED.encode()+b"--b--\n", COMPLAINT),
    ("headers only", arf("abuse").replace(b"Content-Type: message/rfc822",b"Content-Type: text/rfc822-headers"), COMPLAINT),
    ("no original", arf("abuse","Original-Rcpt-To: anna@example.org").partition(b"--b\nContent-Type: message/rfc822")[0]+b"--b--\n", COMPLAINT),
    ("fields as text", arf("abuse","Original-Rcpt-To: anna@example.org").replace(b"Content-Type: message/feedback-report",b"Content-Type: text/plain"), COMPLAINT),
    ("base64 fields", arf("abuse").replace(b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\n",b"Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"+base64.encodebytes(b"Feedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\nOriginal-Rcpt-To: anna@example.org\n")), COMPLAINT),
    ("arf not report", arf("abuse","Original-Rcpt-To: anna@example.org").replace(b"multipart/report; report-type=feedback-report",b"multipart/mixed"), COMPLAINT),
    ("list-unsub mail", b"From: anna@example.org\nTo: unsub@example.com\nSubject: unsubscribe\n\n\n",[]),
]
# fmt: on
