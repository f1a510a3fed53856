"""Mail that reaches a return path and is no bounce: (name, message). None may count against anybody."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile

from tests.mail.dialects.samples import RETURNED, notification, status_report

_DMARC = b"<?xml version='1.0'?><feedback><report_metadata><org_name>example.net</org_name></report_metadata><record><row><source_ip>192.0.2.1</source_ip><policy_evaluated><disposition>reject</disposition></policy_evaluated></row></record></feedback>"
_WORDS = "Undelivered Mail Returned to Sender\n\n<anna@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n"


def letter(sender: str, subject: str, text: str, *headers: str) -> bytes:
    """A message from a person or a machine, with these headers more."""
    head = [f"From: {sender}", "To: news@example.com", f"Subject: {subject}", "Message-ID: <1@example.org>", *headers]
    return "\n".join([*head, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]).encode()


def zipped() -> bytes:
    """A DMARC aggregate report as a zip archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("example.net!example.com!1!2.xml", _DMARC)
    return archive.getvalue()


def attached(
    sender: str,
    subject: str,
    kind: str,
    octets: bytes,
    *headers: str,
    name: str = "report",
    text: str = "This is an aggregate report.",
) -> bytes:
    """A message with one attachment in base64."""
    head = [f"From: {sender}", "To: dmarc@example.com", f"Subject: {subject}", "Message-ID: <1@example.net>", *headers]
    head += [
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        text,
        "--b",
    ]
    head += [
        f"Content-Type: {kind}; name={name}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment; filename={name}",
        "",
    ]
    return "\n".join([*head, base64.encodebytes(octets).decode(), "--b--", ""]).encode()


def receipt(subject: str, mode: str, text: str, *headers: str) -> bytes:
    """A receipt (RFC 8098)."""
    head = [
        "From: Anna <anna@example.org>",
        "To: news@example.com",
        f"Subject: {subject}",
        *headers,
        "MIME-Version: 1.0",
    ]
    head += [
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        text,
        "--b",
    ]
    head += [
        "Content-Type: message/disposition-notification",
        "",
        "Reporting-UA: mail.example; Mail",
        "Final-Recipient: rfc822;anna@example.org",
    ]
    return "\n".join(
        [*head, f"Disposition: {mode}", "", "--b", "Content-Type: text/rfc822-headers", "", RETURNED, "--b--", ""]
    ).encode()


# fmt: off
NOT_FEEDBACK: list[tuple[str, bytes]] = [
    ("vacation, English", letter("Anna <anna@example.org>", "Automatic reply: Nr 5", "I am out of the office and my mailbox may be full. Failed messages will not be read.", "Auto-Submitted: auto-replied", "Return-Path: <>")),
    ("vacation, English, no marks", letter("Anna <anna@example.org>", "Re: Nr 5 (on vacation)", "I am on vacation until Monday.", "Return-Path: <>", "In-Reply-To: <5.anna@example.com>")),
    ("vacation, no subject of its own", letter("Anna <anna@example.org>", "Re: Nr 5", "I am currently out of the office with no access to mail. Your message was not delivered to anybody else; in urgent cases write to bea@example.net.", "Return-Path: <>", "In-Reply-To: <5.anna@example.com>", "Precedence: bulk")),
    ("vacation, a sieve script", letter("anna@example.org", "Auto: Nr 5", "Back on Monday. Messages to anna@example.org are not forwarded.", "Auto-Submitted: auto-replied (vacation)", "Return-Path: <>", "X-Sieve: Pigeonhole")),
    ("vacation, German", letter("Anna <anna@example.org>", "Abwesenheitsnotiz: Nr 5", "Ich bin nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.", "Return-Path: <>", "Auto-Submitted: auto-generated")),
    ("vacation, German, another word", letter("Anna <anna@example.org>", "Automatische Antwort: Nr 5", "Ich bin im Urlaub; in dringenden Fällen an bea@example.net.", "Return-Path: <>")),
    ("vacation, French", letter("Anna <anna@example.org>", "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Nr_5?=", "Je suis absente. Votre message n'a pas été transmis.", "Return-Path: <>")),
    ("vacation, Spanish", letter("Anna <anna@example.org>", "Respuesta automática: Nr 5", "Estoy fuera de la oficina. Su mensaje no será leído.", "Return-Path: <>")),
    ("vacation, Portuguese", letter("Anna <anna@example.org>", "Resposta automática: Nr 5", "Estou de férias; escreva para bea@example.net.", "Return-Path: <>")),
    ("vacation, Italian", letter("Anna <anna@example.org>", "Risposta automatica: Nr 5", "Sono fuori ufficio. Il messaggio non verrà letto.", "Return-Path: <>")),
    ("vacation, Dutch", letter("Anna <anna@example.org>", "Automatisch antwoord: Nr 5", "Ik ben afwezig.", "Return-Path: <>")),
    ("vacation, Russian", letter("Anna <anna@example.org>", "Автоматический ответ: Nr 5", "Я в отпуске до понедельника.", "Return-Path: <>")),
    ("vacation, Japanese", letter("Anna <anna@example.org>", "自動応答: Nr 5", "不在にしております。", "Return-Path: <>")),
    ("vacation, Chinese", letter("Anna <anna@example.org>", "自动回复: Nr 5", "您好,我正在休假。", "Return-Path: <>")),
    ("left the company", letter("Anna <anna@example.org>", "Automatic reply: Nr 5", "Anna no longer works here and this mailbox is not monitored. Your message has not been forwarded. Write to bea@example.net.", "Auto-Submitted: auto-replied", "Return-Path: <>")),
    ("delivered", status_report("Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: delivered\nStatus: 2.0.0", "Your message was successfully delivered.", subject="Delivery Status Notification (Success)")),
    ("relayed", status_report("Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: relayed\nStatus: 2.1.9", "Delivery to these recipients is complete, but no delivery notification was sent by the destination server.", subject="Relayed: Nr 5")),
    ("delivered, in plain text", notification("MAILER-DAEMON@mx.example", "Successful Mail Delivery Report", "This is the mail system at host mx.example.\n\nYour message was successfully delivered to the destination(s)\nlisted below.\n\n<anna@example.org>: delivery via mx.example.org[192.0.2.1]:25: 250 2.0.0 Ok: queued as AB12\n")),
    ("delayed", status_report("Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 421 Service unavailable", "THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.", subject="Warning: could not send message for past 4 hours")),
    ("delayed, in plain text", notification("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1rAbcD-0001 delayed 24 hours", "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.\n\nThe address to which the message has not yet been delivered is:\n\n  anna@example.org\n    Delay reason: mailbox is full\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n")),
    ("delayed, in German", notification("Postmaster <postmaster@mx.example>", "Zustellung verzögert: Nr 5", "Die Zustellung an folgende Empfänger verzögert sich:\n\nanna@example.org\n\nDer Server versucht weiterhin, die Nachricht zuzustellen. Sie müssen nichts tun.\n")),
    ("delayed, in French", notification("Mail Delivery System <MAILER-DAEMON@mx.example>", "Message retardé : Nr 5", "La remise de votre message aux destinataires suivants est retardée :\n\nanna@example.org\n\nLe serveur continuera d'essayer de remettre ce message.\n")),
    ("delayed, Gmail", notification("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)", "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     anna@example.org\n\nMessage will be retried for 2 more day(s)\n\nTechnical details of temporary failure:\nThe recipient server did not accept our requests to connect.\n")),
    ("read", receipt("Read: Nr 5", "manual-action/MDN-sent-manually; displayed", "Your message was read on Monday.")),
    ("deleted unread", receipt("Not read: Nr 5", "automatic-action/MDN-sent-automatically; deleted", "Your message was deleted without being read.", "Return-Path: <>")),
    ("read, German Outlook", receipt("Gelesen: Nr 5", "automatic-action/MDN-sent-automatically; displayed", "Ihre Nachricht wurde gelesen.")),
    ("a receipt that failed", receipt("Disposition notification", "automatic-action/MDN-sent-automatically; processed/error", "Your message could not be processed.", "Return-Path: <>")),
    ("a receipt without MIME", letter("Anna <anna@example.org>", "Read: Nr 5", "Your message\n\n   To: Anna\n   Subject: Nr 5\n   Sent: Monday\n\nwas read on Monday.", "Return-Path: <>")),
    ("Outlook's unread", letter("Anna <anna@example.org>", "Not read: Nr 5", "Your message\n   To: anna@example.org\n   Subject: Nr 5\n   Sent: 1/1/2024\nwas deleted without being read on 1/2/2024.", "Return-Path: <>")),
    ("DMARC, zip", attached("noreply-dmarc-support@example.net", "Report domain: example.com Submitter: example.net Report-ID: 123", "application/zip", zipped(), "Return-Path: <>", name="example.net!example.com!1!2.zip")),
    ("DMARC, gzip, no telling subject", attached("postmaster@example.net", "Aggregate report for example.com", "application/gzip", gzip.compress(_DMARC), "Return-Path: <>", name="example.net!example.com!1!2.xml.gz", text="Messages were rejected: see the report about anna@example.org.")),
    ("DMARC, in another tongue", attached("DMARC <dmarc@example.net>", "Rapport DMARC example.com", "application/octet-stream", gzip.compress(_DMARC), "Return-Path: <>", name="example.net!example.com!1!2.xml.gz")),
    ("TLS report", attached("smtp-tls-reporting@example.net", "Report Domain: example.com Submitter: example.net Report-ID: <2024@example.net>", "application/tlsrpt+gzip", gzip.compress(b'{"policies":[]}'), "TLS-Report-Domain: example.com", "Return-Path: <>", name="example.net!example.com!1!2.json.gz")),
    ("TLS report, its type only", attached("postmaster@example.net", "Your weekly report", "application/tlsrpt+json", b'{"failed":"certificate-expired"}', "Return-Path: <>", name="r.json", text="Delivery failures by TLS for anna@example.org.")),
    ("challenge", letter("Guard <no-reply@guard.example>", "Please confirm your message to anna@example.org", "Your message to anna@example.org has not been delivered. Click the link below to confirm that you are human.\nhttps://guard.example/c/1", "Return-Path: <>", "Auto-Submitted: auto-replied")),
    ("challenge by the reader's own address", letter("anna@example.org", "Re: Nr 5 [verification required]", "Your message is being held because your address is not on Anna's list of approved senders. Reply to this message to have it delivered.", "Return-Path: <>")),
    ("challenge of TMDA", letter("anna-confirm-1.2@example.org", "Please confirm your message", "This message was created automatically by mail delivery software (TMDA).\n\nYour message attached below is being held because the address <news@example.com> has not been verified.\n\nTo release your message for delivery, please reply to this message.", "Return-Path: <>", "X-Delivery-Agent: TMDA/1.1")),
    ("challenge in Portuguese", letter("AntiSpam UOL <anti@uol.example>", "Confirmação de mensagem", "Esta é uma mensagem automática. Para que sua mensagem seja entregue a anna@example.org, clique no link abaixo e confirme que você não é um robô.", "Return-Path: <>")),
    ("a newsletter that quotes a bounce", letter("Weekly <postmaster@weekly.example>", "How to read a bounce", _WORDS, "List-Id: <weekly.example>", "List-Unsubscribe: <https://weekly.example/u>", "Return-Path: <b@weekly.example>")),
    ("a person who forwards a bounce", letter("Anna <anna@example.org>", "Fwd: Undelivered Mail Returned to Sender", _WORDS)),
    ("a person who quotes one", letter("Anna <anna@example.org>", "Your mail bounced", "Hello, I got this back when I answered you:\n\n> " + _WORDS.replace("\n", "\n> "), "In-Reply-To: <1@x>")),
    ("a calendar's reply", letter("Anna <anna@example.org>", "Declined: Meeting", "Anna has declined this invitation.", "Return-Path: <anna@example.org>")),
    ("a calendar's automatic reply", letter("Room 5 <room5@example.org>", "Declined: Meeting", "Your request was declined because there are conflicts. The room could not be booked; delivery of the invitation failed for none.", "Auto-Submitted: auto-generated", "Return-Path: <>")),
    ("a digest of a list", letter("list-request@lists.example", "list Digest, Vol 5, Issue 6", _WORDS, "Precedence: list", "List-Post: <mailto:list@lists.example>")),
    ("a digest that hides its list", letter("list-bounces@lists.example", "list Digest, Vol 5, Issue 6", _WORDS, "Precedence: list")),
    ("a ticket", letter("Support <support@tickets.example>", "[#4711] We received your request", "Thank you. Your message to anna@example.org was received; failed payments are handled first.", "Auto-Submitted: auto-generated", "Return-Path: <>")),
    ("a ticket that talks of errors", letter("Helpdesk <noreply@tickets.example>", "Ticket created: mail delivery error", 'Your request "I could not send mail to anna@example.org, 550 User unknown" has been registered.', "Auto-Submitted: auto-replied", "Return-Path: <>")),
    ("a ticket whose way failed", letter("Support <support@tickets.example>", "Your ticket could not be created", "We could not create a ticket since your address news@example.com is not registered. Please write to help@tickets.example.", "Auto-Submitted: auto-replied", "Return-Path: <>")),
    ("awaiting moderation", letter("list-bounces@lists.example", "Your message to list awaits moderator approval", "Your mail to 'list' with the subject\n\n    Nr 5\n\nIs being held until the list moderator can review it for approval.\n\nThe reason it is being held:\n\n    Post by non-member to a members-only list\n", "Precedence: bulk", "Return-Path: <list-bounces@lists.example>")),
    ("awaiting moderation, null path", letter("Moderator <list-owner@lists.example>", "Your message is awaiting moderation", "Your message to list@lists.example is awaiting moderation and has not yet been delivered to the members.", "Auto-Submitted: auto-replied", "Return-Path: <>")),
    ("a goodbye confirmed", letter("Lists <noreply@lists.example>", "You have been unsubscribed", "anna@example.org has been removed from the list and will not receive further messages.", "Auto-Submitted: auto-generated", "Return-Path: <>")),
    ("a goodbye asked for", letter("Anna <anna@example.org>", "unsubscribe", "Please remove anna@example.org.")),
    ("a welcome", letter("Accounts <no-reply@service.example>", "Confirm your e-mail address", "Click the link to verify news@example.com. If it could not be verified, delivery of the service fails.", "Return-Path: <bounce@service.example>")),
    ("advertising from a daemon-like name", letter("Bounce Fitness <bounce@fitness.example>", "Failure is not an option!", "Join today. Offer could not be better: write to anna@example.org.", "Return-Path: <bounce@fitness.example>", "Precedence: bulk")),
    ("an alarm", letter("root@server.example", "Cron <root@server> backup failed", "error: could not send mail to anna@example.org: User unknown", "Auto-Submitted: auto-generated")),
    ("a quarantine's digest", letter("Quarantine <quarantine@guard.example>", "Quarantine Summary: 3 messages blocked", "The following messages were blocked as spam:\n\nanna@example.org  Nr 5\n", "Return-Path: <>", "Auto-Submitted: auto-generated")),
    ("statistics of a postmaster", notification("postmaster@mx.example", "Postfix log summaries for Jan 1", "Grand Totals\n  100 received\n   50 delivered\n    2 bounced\n  rejected: anna@example.org\n")),
    ("an encoded empty message", b"Return-Path: <>\nFrom: \nSubject: =?utf-8?b?4pi6?=\n\n\n"),
]
# fmt: on
