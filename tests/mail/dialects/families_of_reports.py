"""RFC 3464 as many mail systems speak it, the odd ones too: (name, message, verdicts)."""

from __future__ import annotations

import base64
import quopri

from tests.mail.dialects.families import ANNA, BEA, FULL, UNKNOWN, Verdicts
from tests.mail.dialects.samples import RETURNED, notification, status_report

HEAD = "Reporting-MTA: dns; mx.example\nArrival-Date: Mon, 1 Jan 2024 00:00:00 +0000\n\n"
WHO = "Final-Recipient: rfc822; anna@example.org\nAction: failed\n"


def said(diagnostic: str, status: str = "5.0.0", text: str = "Delivery failed.", *, head: str = HEAD) -> bytes:
    """A report whose one recipient failed with these words."""
    return status_report(f"{head}{WHO}Status: {status}\nDiagnostic-Code: {diagnostic}", text)


def transient(reason: str) -> Verdicts:
    """Anna's message failed for a while, or for a reason that is not hers."""
    return [(ANNA, "transient", reason)]


def encoded(fields: str, encoding: str) -> bytes:
    """A report whose fields are base64 or quoted-printable, which RFC 3464 section 2.1.2 forbids and some do."""
    octets = base64.encodebytes(fields.encode()) if encoding == "base64" else quopri.encodestring(fields.encode())
    mark = f"message/delivery-status\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    return status_report("@@").replace(b"message/delivery-status\n\n@@", mark + octets)


def forwarded(raw: bytes) -> bytes:
    """A report inside a report: a gateway wraps what came back and sends it on."""
    head = "Return-Path: <>\nFrom: postmaster@gate.example\nTo: news@example.com\nSubject: Undeliverable\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\n"
    return (
        f"{head}--outer\nContent-Type: text/plain\n\nThe attached mail came back.\n--outer\nContent-Type: message/rfc822\n\n".encode()
        + raw
        + b"\n--outer--\n"
    )


# fmt: off
REPORTS: list[tuple[str, bytes, Verdicts]] = [
    ("Barracuda, attachment", said("smtp; 550 5.7.1 Message content rejected, UBE, id=12345-01-2", "5.7.1",
        "Your message to: anna@example.org\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Nr 5\n"), transient("spamdetected")),
    ("Courier", said("smtp; 550 User Unknown", "5.0.0",
        "This is a delivery status notification from mx.example,\nrunning the Courier mail server, version 1.0.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<anna@example.org>:\n    mx.example.org [192.0.2.1]:\n>>> RCPT TO:<anna@example.org>\n<<< 550 User Unknown\n"), UNKNOWN),
    ("Courier, no such domain", status_report(HEAD + WHO + "Status: 5.0.0",
        "This is a delivery status notification from mx.example,\nrunning the Courier mail server, version 1.0.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<anna@example.org>:\n    No such domain.\n"), [(ANNA, "permanent", "hostunknown")]),
    ("Facebook", said("smtp; 550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes?ip=192.0.2.1#rcp", "5.1.1"), UNKNOWN),
    ("Facebook, filtered", said("smtp; 550 5.7.1 RCP-P2 http://postmaster.facebook.com/response_codes?ip=192.0.2.1#rcp", "5.7.1"), transient("filtered")),
    ("Yandex", said("x-yandex; 550 5.7.1 No such user!", "5.0.0", "This is the mail system at host forward1.mail.yandex.net.\n\n<anna@example.org>: host mx.yandex.ru[192.0.2.1] said: 550 5.7.1 No such user! (in reply to RCPT TO command)"), UNKNOWN),
    ("Domino", said("X-Notes; User anna (anna@example.org) not listed in Domino Directory", "5.1.1"), UNKNOWN),
    ("Domino, full", said("X-Notes; Cannot route mail to user anna: mail file is over its quota", "5.0.0"), FULL),
    ("PowerMTA's category", said("smtp;552 1 Requested mail action aborted\nX-PowerMTA-BounceCategory: quota-issues", "5.0.0"), FULL),
    ("SendGrid", said("550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1", head="Reporting-MTA: dns; sendgrid.com\nArrival-Date: 2024-01-01 00-00-00\n\n"), UNKNOWN),
    ("Amazon's suppression list", said("Amazon SES did not send the message to this address because it is on the suppression list for your account.", "5.1.1", head="Reporting-MTA: dns; amazonses.com\n\n"), transient("suppressed")),
    ("WorkMail", notification("Mail Delivery System <MAILER-DAEMON@amazonses.example>", "Delivery Status Notification (Failure)",
        f"Technical report:\n\nReporting-MTA: dsn; a27-3.smtp-out.example\n\n{WHO}Diagnostic-Code: smtp; 550 5.1.1 <anna@example.org>... user unknown\nStatus: 5.1.1\n"), UNKNOWN),
    ("Dovecot's LMTP", said("x-lmtp; 552 5.2.2 <anna@example.org> Quota exceeded (mailbox for user is full)", "5.2.2"), FULL),
    ("Dovecot's LMTP, no user", said("smtp; 550 5.1.1 <anna@example.org> User doesn't exist: anna@example.org", "5.1.1"), UNKNOWN),
    ("Cyrus' LMTP", said("smtp; 550-Mailbox unknown.  Either there is no mailbox associated with this 550-name or you do not have authorization to see it. 550 5.1.1 User unknown", "5.1.1"), UNKNOWN),
    ("Cyrus' LMTP, full", said("smtp; 452 4.2.2 Over quota SESSIONID=<mx-1>", "4.2.2"), FULL),
    ("a program's exit code 75", status_report(HEAD + WHO + "Status: 4.3.0\nDiagnostic-Code: x-unix; 75"), transient("onhold")),
    ("a program's words", said("x-unix; anna: mailbox over quota", "5.2.2"), FULL),
    ("Action without Status", status_report(f"{HEAD}{WHO}Diagnostic-Code: smtp; 550 5.1.1 no such user"), UNKNOWN),
    ("Status against the words: full", said("smtp; 552 5.2.2 mailbox full", "5.1.1"), FULL),
    ("Status against the words: unknown", said("smtp; 550 5.1.1 User unknown", "5.7.1"), UNKNOWN),
    ("Status against the words: a blocklist", said("smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example", "5.1.1"), transient("blocked")),
    ("only a delay", status_report(f"{HEAD}Final-Recipient: rfc822; anna@example.org\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 450 try later", "This is a warning message only"), [(ANNA, "none", "expired")]),
    ("relayed and expanded", status_report(f"{HEAD}Final-Recipient: rfc822; anna@example.org\nAction: relayed\nStatus: 2.1.9\n\nFinal-Recipient: rfc822; bea@example.net\nAction: expanded\nStatus: 2.1.5"), [(ANNA, "none", "delivered"), (BEA, "none", "delivered")]),
    ("one of two failed", status_report(f"{HEAD}Final-Recipient: rfc822; bea@example.net\nAction: relayed\nStatus: 2.0.0\n\n{WHO}Status: 5.1.1"), [(BEA, "none", "delivered"), (ANNA, "permanent", "userunknown")]),
    ("fields in base64", encoded(f"{HEAD}{WHO}Status: 5.1.1\n", "base64"), UNKNOWN),
    ("fields in quoted-printable", encoded(f"{HEAD}{WHO}Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 Empf=E4nger unbekannt\n", "quoted-printable"), UNKNOWN),
    ("a report inside a report", forwarded(said("smtp; 550 5.1.1 User unknown", "5.1.1")), UNKNOWN),
    ("a plain notification inside a report", forwarded(notification("MAILER-DAEMON@mx.example", "failure notice",
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<anna@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n" + RETURNED)), UNKNOWN),
    ("folded fields", status_report("Reporting-MTA:\n dns; mx.example\n\nFinal-Recipient:\n\trfc822;\n\tanna@example.org\nAction:\n failed\nStatus:\n 5.1.1\nDiagnostic-Code: smtp;\n\t550 5.1.1\n\tUser\n\tunknown"), UNKNOWN),
    ("an address in UTF-8", status_report(HEAD + "Final-Recipient: utf-8; j\u00f6rg@example.org\nAction: failed\nStatus: 5.1.1"), [("j\u00f6rg@example.org", "permanent", "userunknown")]),
    ("an escaped address", status_report(HEAD + "Final-Recipient: rfc822; anna+2Bnews@example.org\nOriginal-Recipient: rfc822;anna+2Bnews@example.org\nAction: failed\nStatus: 5.1.1"), [("anna+2Bnews@example.org", "permanent", "userunknown")]),
    ("the returned message is cut off", said("smtp; 550 5.1.1 User unknown", "5.1.1")[:-120], UNKNOWN),
    ("no boundary parameter", said("smtp; 550 5.1.1 User unknown", "5.1.1").replace(b'; boundary="b"', b""), UNKNOWN),
    ("no returned message", said("smtp; 550 5.1.1 User unknown", "5.1.1").partition(b"--b\nContent-Type: message/rfc822")[0] + b"--b--\n", UNKNOWN),
    ("no Return-Path, a person's From", said("smtp; 550 5.1.1 User unknown", "5.1.1").replace(b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example", b"From: Support <support@mx.example>"), UNKNOWN),
    ("Postfix's words only", said('X-Postfix; unknown user: "anna"', "5.1.1"), UNKNOWN),
    ("Postfix, no such host", said("X-Postfix; Host or domain name not found. Name service error for name=example.org type=A: Host not found", "5.4.4"), [(ANNA, "permanent", "hostunknown")]),
    ("Postfix, loop", said("X-Postfix; mail for example.org loops back to myself", "5.4.6"), transient("networkerror")),
    ("Postfix, a null MX", said("X-Postfix; Domain example.org does not accept mail (nullMX)", "5.1.0"), [(ANNA, "permanent", "notaccept")]),
    ("sendmail, host unknown", status_report(HEAD + WHO + "Status: 5.1.2\nRemote-MTA: DNS; example.org\nLast-Attempt-Date: Mon, 1 Jan 2024 00:00:00 +0000", "   ----- The following addresses had permanent fatal errors -----\n<anna@example.org>\n    (reason: 550 Host unknown)\n\n   ----- Transcript of session follows -----\n550 5.1.2 <anna@example.org>... Host unknown (Name server: example.org: host not found)"), [(ANNA, "permanent", "hostunknown")]),
    ("Exchange Online, expired", said("smtp;550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", "5.4.300", head="Reporting-MTA: dns;DB3PR01.prod.outlook.example\n\n"), transient("expired")),
    ("Exchange Online, not authenticated", said("smtp;550 5.7.124 RESOLVER.RST.SenderNotInAllowList; not authorized", "5.7.124"), transient("securityerror")),
    ("Gmail's list of causes", said("smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. 550-5.7.26 550-5.7.26  Authentication results: 550-5.7.26  DKIM = did not pass", "5.7.26", head="Reporting-MTA: dns; googlemail.com\n\n"), transient("authfailure")),
    ("X.400", status_report(HEAD + "Final-Recipient: X400; /G=Anna/O=example/\nOriginal-Recipient: rfc822;anna@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: X400; 1 (unrecognised OR-name)"), UNKNOWN),
    ("fields by Zoho", said("smtp; 550 5.1.1 <anna@example.org>: User does not exist", "511"), UNKNOWN),
    ("two words for one recipient", status_report(HEAD + WHO + "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\nDiagnostic-Code: smtp; 250 ok"), UNKNOWN),
]
# fmt: on
