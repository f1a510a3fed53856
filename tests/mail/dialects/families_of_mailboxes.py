"""Answers of today's mailboxes, as letters of our own around one quoted line each: (name, message, verdicts).

Sources beside the rules: newsletter/mail/dialects and newsletter/mail/reasons.
"""

from __future__ import annotations

from tests.mail.dialects.families import ANNA, BEA, FULL, UNKNOWN, Verdicts
from tests.mail.dialects.samples import RETURNED, notification, status_report

GOOGLE = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
DAEMON = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>"
HOST: Verdicts = [(ANNA, "permanent", "hostunknown")]
BLOCKED: Verdicts = [(ANNA, "transient", "blocked")]


def google(heading: str, reply: str, remote: str, status: str = "5.0.0") -> bytes:
    """The page Gmail writes above its report, here in our words but for the heading and the reply."""
    fields = f"Reporting-MTA: dns; googlemail.com\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: {status}\nRemote-MTA: dns; {remote}. (192.0.2.7, the server for the domain example.org.)\nDiagnostic-Code: smtp; {reply}"
    return status_report(fields, f"** {heading} **\n\nThis letter did not reach {ANNA}.\n\nThe response was:\n\n{reply}", sender=GOOGLE, subject="Delivery Status Notification (Failure)")  # fmt: skip


def reported(diagnostic: str, status: str = "5.0.0", more: str = "") -> bytes:
    """A report of one recipient without a quoted session."""
    return status_report(
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: {status}\nDiagnostic-Code: {diagnostic}{more}"
    )


def told(text: str, *, sender: str = DAEMON, subject: str = "Undeliverable: Nr 5") -> bytes:
    """A notification in plain text."""
    return notification(sender, subject, text)


# fmt: off
MAILBOXES: list[tuple[str, bytes, Verdicts]] = [
    # Gmail's page (https://support.google.com/mail/answer/6596): its heading tells that RCPT was refused
    ("Gmail, any remote", google("Address not found", "550 : User unknown", "mx.example.org"), UNKNOWN),
    ("Gmail, a host that filters first", google("Address not found", "550 : User unknown", "lsean.ezweb.ne.jp"), UNKNOWN),
    ("Gmail, a carrier", google("Address not found", "550 Unknown user anna@example.org", "mfsmax.docomo.ne.jp"), UNKNOWN),
    ("Gmail in German", google("Adresse nicht gefunden", "550 : User unknown", "lsean.ezweb.ne.jp"), UNKNOWN),
    ("Gmail in French", google("Adresse introuvable", "550 : User unknown", "lsean.ezweb.ne.jp"), UNKNOWN),
    ("Gmail, no such domain", google("Address not found", "DNS Error: DNS type 'mx' lookup of example.org responded with code NXDOMAIN", "example.org", "5.1.2"), HOST),
    ("Gmail, blocked", google("Message blocked", "550 5.7.1 192.0.2.7 listed by a block list", "mx.example.org", "5.7.1"), BLOCKED),
    ("Gmail, an address that filters", google("Message blocked", "550 : User unknown", "lsean.ezweb.ne.jp"), [(ANNA, "transient", "filtered")]),
    # one sentence of a local mailer or a gateway
    ("no such user here", told("The message for anna@example.org was not delivered:\n\nno such user here\n"), UNKNOWN),
    ("no such user, with a code", told("Failed to deliver to anna@example.org\n\n550 no such user here\n"), UNKNOWN),
    ("a domain that does not exist", told("<anna@example.org>:\n553 EXAMPLE.ORG does not exist\n"), HOST),
    ("a domain that does not exist, in lower case", told("<anna@example.org>:\n553 5.1.2 domain example.org does not exist\n"), HOST),
    ("a local mailer", reported('X-Postfix; unknown user: "anna"', "5.1.1"), UNKNOWN),
    ("a local mailer, bare", told("----- Transcript of session follows -----\nmail.local: unknown user: anna\n550 anna@example.org... User unknown\n"), UNKNOWN),
    ("a local mailer's line alone", told('<anna@example.org>: unknown user: "anna"\n'), UNKNOWN),
    ("a gateway's sentence", told("Your letter could not be delivered because the recipient anna@example.org does not exist.\n"), UNKNOWN),
    ("a gateway's sentence, full", told("Your letter could not be delivered because the mailbox of anna@example.org is full.\n"), FULL),
    ("a gateway's sentence in a report", reported("X-Local; The account you wrote to does not exist.", "5.0.0"), UNKNOWN),
    ("a gateway's sentence about a domain", told("Your letter for anna@example.org could not be sent: the domain name was not found.\n"), HOST),
    # addresses: whole, and the reader's
    ("not in the middle of a word", told("The following message to dda:SMTP=anna@example.org could not be delivered.\n\n550 5.1.1 user unknown\n"), UNKNOWN),
    ("an apostrophe", told("Could not deliver to anna.o'neil@example.org: 550 5.1.1 user unknown\n"), [("anna.o'neil@example.org", "permanent", "userunknown")]),
    ("an apostrophe after one letter", told("Sorry, o'neil@example.org was not reached: 550 5.1.1 user unknown\n"), [("o'neil@example.org", "permanent", "userunknown")]),
    ("a quoted address", told("Could not deliver to 'anna@example.org': 550 5.1.1 user unknown\n"), UNKNOWN),
    ("an address in round brackets", told("Could not deliver to Anna (anna@example.org): 550 5.1.1 user unknown\n"), UNKNOWN),
    ("not the sender", told("Your message from <news@example.com> could not be delivered.\nRecipient: anna@example.org\nReason: 550 5.1.1 user unknown\n"), UNKNOWN),
    ("not the sender who stands alone", told("Delivery of your message failed.\n\nnews@example.com\n\nanna@example.org\n550 5.1.1 user unknown\n"), UNKNOWN),
    ("not the list", told("Delivery failed for a message of weekly@example.com\n\nanna@example.org: 550 5.1.1 user unknown\n\n------ This is a copy of the message, including all the headers. ------\n\nFrom: news@example.com\nList-Post: <mailto:weekly@example.com>\nTo: weekly@example.com\nSubject: Nr 5\n\nGood morning\n"), UNKNOWN),
    ("not whom to ask for help", told("Delivery failed. Ask support@mx.example or postmaster@mx.example for help.\n\nanna@example.org: 550 5.1.1 user unknown\n"), UNKNOWN),
    ("not a name in a directory", told("Delivery failed.\n\nanna@directory\n\n<anna@example.org>\n550 5.1.1 user unknown\n"), UNKNOWN),
    ("not a message-id", told("Message <20240101.5@mail.example.com> was not delivered to anna@example.org: 550 5.1.1 user unknown\n"), UNKNOWN),
    # sessions name the RCPT
    ("a session", told("The session was:\n\n>>> MAIL FROM:<weekly@example.com>\n<<< 250 ok\n>>> RCPT TO:<anna@example.org>\n<<< 550 5.1.1 User unknown in relay recipient table\n"), UNKNOWN),
    ("a session without angles", told("Delivery failed:\n\n>>> MAIL FROM: weekly@example.com\n<<< 250 ok\n>>> RCPT TO: anna@example.org\n<<< 550 no such user\n"), UNKNOWN),
    ("a session with arrows", told("Delivery failed:\n\n--> MAIL FROM:<weekly@example.com>\n<-- 250 ok\n--> RCPT TO:<anna@example.org>\n<-- 550 unknown user\n"), UNKNOWN),
    ("a session with letters", told("Delivery failed:\n\nC: MAIL FROM:<weekly@example.com>\nS: 250 ok\nC: RCPT TO:<anna@example.org>\nS: 550 unknown user\n"), UNKNOWN),
    ("a session in a sentence", told("Delivery failed: weekly@example.com wrote, and the server answered RCPT TO:<anna@example.org> with 550 unknown user\n"), UNKNOWN),
    ("a session in a report", status_report(f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 5.1.1", ">>> RCPT TO:<anna@example.org>\n<<< 550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in relay recipient table"), UNKNOWN),
    # mail.ru (https://help.mail.ru/developers/mailing_rules/technical)
    ("mail.ru", told("anna@example.org\n    Local mailbox anna@example.org is unavailable: user not found\n", sender="mailer-daemon@corp.mail.ru"), UNKNOWN),
    ("mail.ru in a report", reported("smtp; 550 Message was not accepted -- invalid mailbox. Local mailbox anna@example.org is unavailable: user not found"), UNKNOWN),
    ("mail.ru, disabled", reported("smtp; 550 Message was not accepted -- invalid mailbox. Local mailbox anna@example.org is unavailable: account is disabled"), [(ANNA, "transient", "suspend")]),
    # MDaemon (https://help.mdaemon.com): the address behind a mark, the server's reply in its session
    ("MDaemon", told("The following data may contain sections which represent BASE64 encoded files.\n\nFailed recipient:\n> anna@example.org\n\n--- Session Transcript ---\n Parsing message\n* From: news@example.com\n* To: anna@example.org\n<-- 552 Message would exceed mailbox quota\n--- End Transcript ---\n", sender="MDaemon at mx.example <MDaemon@mx.example>"), FULL),
    ("MDaemon, without a session", told("Could not deliver:\n\n> anna@example.org\n\n552 This message would exceed mailbox quota\n", sender="MDaemon@mx.example"), FULL),
    ("MDaemon, with a session of SMTP", told("Permanent delivery failure:\n\n> anna@example.org\n\n--- Session Transcript ---\n--> MAIL From:<weekly@example.com>\n<-- 250 ok\n--> RCPT To:<anna@example.org>\n<-- 550 <anna@example.org> No such user here\n--- End Transcript ---\n", sender="MDaemon@mx.example"), UNKNOWN),
    # Exchange 5.5: a proxy address of another system (domain-defined attributes of X.400)
    ("Exchange 5.5, dda", told("Your message\n\n  Subject: Nr 5\n\ndid not reach the following recipient(s):\n\nc=us;a= ;p=org;dda:SMTP=anna@example.org; on Mon, 1 Jan 2024 18:14:40 +0900\n    The recipient name is not recognized\n", sender="System Administrator <postmaster@mx.example>"), UNKNOWN),
    ("Exchange 5.5, dda alone", told("Your message\n\ndid not reach the following recipient(s):\n\ndda:SMTP=anna@example.org on Mon, 1 Jan 2024 18:14:40 +0900\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=org;l=MX-1\n", sender="System Administrator <postmaster@mx.example>"), UNKNOWN),
    # block lists without the word
    ("Spamhaus CSS", reported("smtp; 550 192.0.2.7 Listed by CSS, see https://check.spamhaus.example"), BLOCKED),
    ("Spamhaus CSS, bare", reported("smtp; 550 192.0.2.7 Listed by CSS"), BLOCKED),
    ("Spamhaus PBL", reported("smtp; 550 5.7.1 192.0.2.7 Listed by PBL"), BLOCKED),
    # Exim: what held the message up, before that it was held up
    ("Exim, full for days", told("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered:\n\n  anna@example.org\n    mailbox is full: retry timeout exceeded\n"), FULL),
    ("Exim, full for days, in its report", status_report(f"Reporting-MTA: dns; mx.example\n\nAction: failed\nFinal-Recipient: rfc822;{ANNA}\nStatus: 5.0.0", "This message was created automatically by mail delivery software.\n\n  anna@example.org\n    mailbox is full: retry timeout exceeded\n"), FULL),
    ("Exim, unreachable for days", told("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered:\n\n  anna@example.org\n    retry timeout exceeded\n"), [(ANNA, "transient", "expired")]),
    # Postfix tables (smtpd(8), rejected at RCPT)
    *((f"Postfix, {table}", reported(f"smtp; 550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in {table}", "5.1.1"), UNKNOWN) for table in (
        "relay recipient table", "local recipient table", "virtual mailbox table", "virtual alias table", "any other table")),
    ("Postfix, a table and no status", reported("smtp; 550 <anna@example.org>: Recipient address rejected: User unknown in relay recipient table"), UNKNOWN),
    # a 4yz is not now, whatever the action says (RFC 3463 section 2; Postfix ADDRESS_VERIFICATION_README)
    ("4.1.1", reported("smtp; 450 4.1.1 <anna@example.org>: Recipient address rejected: unverified address: Address verification in progress", "4.1.1"), [(ANNA, "transient", "onhold")]),
    ("450 in progress", reported("smtp; 450 <anna@example.org>: Recipient address rejected: undeliverable address: verification in progress"), [(ANNA, "transient", "onhold")]),
    ("4.1.1 by status alone", reported("smtp; <anna@example.org>: come back", "4.1.1"), [(ANNA, "transient", "onhold")]),
    ("4.1.1 and words that deny the user", reported("smtp; 450 4.1.1 User unknown in local recipient table", "4.1.1"), UNKNOWN),
    ("mailbox unavailable, with its name", reported("smtp; 550 mailbox anna@example.org unavailable"), UNKNOWN),
    ("mailbox unavailable, in text", told("anna@example.org: 550 mailbox anna@example.org unavailable\n"), UNKNOWN),
    ("mailbox unavailable now", reported("smtp; 450 mailbox anna@example.org unavailable", "4.2.0"), [(ANNA, "transient", "onhold")]),
    ("no MX", told("anna@example.org:\nno valid MX hosts found\n"), HOST),
    ("no MX in a report", reported("smtp; no valid MX hosts found for example.org"), HOST),
    ("no MX now", reported("smtp; 451 4.4.3 no valid MX hosts found", "4.4.3"), [(ANNA, "transient", "networkerror")]),
    # fields outside a delivery-status part
    ("fields in the text", told(f"Delivery failed.\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\n"), UNKNOWN),
    ("fields in the text without a type", told(f"Delivery failed.\n\nFinal-Recipient: {ANNA}\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: 552 over quota\n"), FULL),
    ("fields in a quoted text", told(f"> Final-Recipient: rfc822; {ANNA}\n> Action: failed\n> Status: 5.1.1\n> Diagnostic-Code: smtp; 550 5.1.1 unknown user\n"), UNKNOWN),
    ("fields as an attachment", notification(DAEMON, "Undelivered", f"--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: application/octet-stream; name=details.txt\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {ANNA}\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota\n\n--b--\n", 'Content-Type: multipart/mixed; boundary="b"'), FULL),
    # RFC 6533: international addresses
    ("utf-8 address", status_report("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: utf-8; änna@exämple.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown"), [("änna@exämple.org", "permanent", "userunknown")]),
    ("utf-8-addr-xtext", status_report(r"Reporting-MTA: dns; mx.example" "\n\n" r"Final-Recipient: utf-8; \x{E4}nna@ex\x{E4}mple.org" "\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown"), [("änna@exämple.org", "permanent", "userunknown")]),
    ("utf-8-addr-unitext in a global report", notification(DAEMON, "Undelivered", "--b\nContent-Type: message/global-delivery-status; charset=utf-8\n\nReporting-MTA: dns; mx.example\n\nOriginal-Recipient: utf-8; анна@пример.рф\nFinal-Recipient: utf-8; анна@пример.рф\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota\n\n--b--\n", 'Content-Type: multipart/report; report-type=global-delivery-status; boundary="b"'), [("анна@пример.рф", "transient", "mailboxfull")]),
    # a saved file
    ("blank lines first", b"\n\n\r\n" + told("<anna@example.org>: 550 5.1.1 unknown user\n"), UNKNOWN),
    ("blank lines and an mbox line", b"\n \nFrom MAILER-DAEMON Mon Jan  1 00:00:00 2024\n" + told("<anna@example.org>: 550 5.1.1 unknown user\n"), UNKNOWN),
    ("two readers", told("Delivery failed.\n\n<anna@example.org>: 550 5.1.1 unknown user\n<bea@example.net>: 552 5.2.2 over quota\n"), [(ANNA, "permanent", "userunknown"), (BEA, "transient", "mailboxfull")]),
    # Dovecot (lib-lda, mail-send.c): a disposition notification that refuses
    ("Dovecot, over quota", notification("Mail Delivery Subsystem <postmaster@mx.example>", "Rejected: Nr 5", f"--b\nContent-Type: text/plain; charset=utf-8\n\nYour message to <{ANNA}> was automatically rejected:\nQuota exceeded (mailbox for user is full)\n--b\nContent-Type: message/disposition-notification\n\nReporting-UA: mx.example; Dovecot Mail Delivery Agent\nFinal-Recipient: rfc822; {ANNA}\nOriginal-Message-ID: <5.anna@example.com>\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b\nContent-Type: message/rfc822\n\n{RETURNED}\n--b--\n", 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'), FULL),
    ("Dovecot, quota only", notification("postmaster@mx.example", "Automatically rejected mail", f"--b\nContent-Type: text/plain\n\nYour message to <{ANNA}> was automatically rejected:\nQuota exceeded\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {ANNA}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n", 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'), FULL),
    ("Dovecot's Sieve reject", notification("postmaster@mx.example", "Automatically rejected mail", f"--b\nContent-Type: text/plain\n\nYour message to <{ANNA}> was automatically rejected:\nNo thanks.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {ANNA}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n", 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"'), [(ANNA, "transient", "filtered")]),
    # Hotmail's flat form: the complained message itself, headers and all, sent on by staff
    ("Hotmail, flat", b"From: staff@hotmail.com\nTo: fbl@example.com\nSubject: complaint about message from 192.0.2.1\n\nX-HmXmrOriginalRecipient: anna@example.org\nX-Message-Info: abc\nFrom: news@example.com\nTo: anna@example.org\nSubject: Nr 5\n\nGood morning\n", [(ANNA, "complaint", "feedback")]),
    ("Hotmail, flat with words above", b"From: staff@hotmail.com\nTo: fbl@example.com\nSubject: complaint about message from 192.0.2.1\nMIME-Version: 1.0\nContent-Type: text/plain\n\nAn e-mail was reported as junk.\n\nReceived: from a.example.com by b.example.com; Mon, 1 Jan 2024 00:00:00 +0000\nX-HmXmrOriginalRecipient: anna@example.org\nFrom: news@example.com\nTo: other@example.org\nSubject: Nr 5\n\nGood morning\n", [(ANNA, "complaint", "feedback")]),
    ("Hotmail, in the headers of the report", b"X-HmXmrOriginalRecipient: anna@example.org\nReturn-Path: <>\nFrom: news@example.com\nTo: someone@example.org\nSubject: complaint about message from 192.0.2.1\n\nGood morning\n", [(ANNA, "complaint", "feedback")]),
]
# fmt: on
