"""Plain-text notifications of many mail systems, as their sources and manuals have them write: (name, message, verdicts).

The words of the systems are theirs, names and figures are ours. A verdict is (recipient, class, reason).
"""

# ruff: noqa: RUF001 - words of other scripts

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, notification

Verdicts = list[tuple[str, str, str]]
ANNA, BEA = "anna@example.org", "bea@example.net"
UNKNOWN: Verdicts = [(ANNA, "permanent", "userunknown")]
FILTERED: Verdicts = [(ANNA, "transient", "filtered")]
"""An unknown user in the words of a filter: after DATA, or by a gateway that takes the message first; see docs/bounces.md."""
FULL: Verdicts = [(ANNA, "transient", "mailboxfull")]

# fmt: off
PLAIN: list[tuple[str, bytes, Verdicts]] = [
    ("Active! hunter, address twice", notification("MAILER-DAEMON@mx.example", "FAILURE NOTICE :",
        "  ----- The following addresses had permanent fatal errors -----\n\n>>>    anna@example.org <anna@example.org>\n\n"
        "  ----- Non-delivered information -----\n550 5.1.1 unknown user\n\n"), UNKNOWN),
    ("Active! hunter, bare", notification("MAILER-DAEMON@mx.example", "FAILURE NOTICE :",
        "  ----- The following addresses had permanent fatal errors -----\n\n>>>    anna@example.org\n\n"
        "  ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.\n"), FULL),
    ("Biglobe", notification("postmaster@biglobe.ne.jp", "Returned mail: Error",
        "   ----- The following addresses had delivery problems -----\nanna@example.org\n\n"
        "   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.\n\n" + RETURNED), FULL),
    ("James", notification("postmaster@mx.example", "[BOUNCE]",
        "Hi. This is the James mail server at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.  Below\nI include the list of recipients and the reason why I was unable to deliver\nyour message.\n\n"
        "Failed recipient(s):\nanna@example.org\n\nError message:\n550 5.1.1 <anna@example.org>: no such user\n\n"), UNKNOWN),
    ("James, all in message details", notification("postmaster@mx.example", "Re:Nr 5",
        "Error message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: Nr 5\n  Sent date: Mon Jan 01 01:20:50 JST 2024\n"
        "  MAIL FROM: news@example.com\n  RCPT TO: anna@example.org\n  From: News <news@example.com>\n  To: anna@example.org\n  Size (in bytes): 1024\n  Number of lines: 64\n"), UNKNOWN),
    ("Smail", notification("MAILER-DAEMON@t-online.example", "mail failed, returning to sender",
        "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n"
        "|------------------------- Failed addresses follow: ---------------------|\n <anna@example.org> ... unknown host\n"
        "|------------------------- Message text follows: ------------------------|\n" + RETURNED), [(ANNA, "permanent", "hostunknown")]),
    ("Smail, a local user", notification("<MAILER-DAEMON@mx.example>", "mail failed, returning to sender",
        "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n"
        "|------------------------- Failed addresses follow: ---------------------|\n anna@example.org ... transport smtp: 550 <anna@example.org>... User unknown\n"
        "|------------------------- Message text follows: ------------------------|\n" + RETURNED), UNKNOWN),
    ("Exchange 5.5", notification("System Administrator <postmaster@mx.example>", "Undeliverable: Nr 5",
        "Your message\n\n  To:      anna@example.org\n  Subject: Nr 5\n  Sent:    Mon, 1 Jan 2024 18:14:35 +0900\n\ndid not reach the following recipient(s):\n\n"
        "anna@example.org on Mon, 1 Jan 2024 18:14:40 +0900\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=jp;a= ;p=mail\n;l=MX0101010101\n"
        "    MSEXCH:IMS:Mail:Site:MX 0 (000C05A6) Unknown Recipient\n"), UNKNOWN),
    ("Exchange 5.5, display name only", notification("System Administrator <postmaster@mx.example>", "Undeliverable: Nr 5",
        "Your message\n\n  To:      Anna Arkwright\n  Subject: Nr 5\n  Sent:    Mon, 1 Jan 2024 18:14:35 +0900\n\ndid not reach the following recipient(s):\n\n"
        "Anna Arkwright on Mon, 1 Jan 2024 18:14:40 +0900\n    The message could not be delivered because the recipient's mailbox is full.\n    MSEXCH:MSExchangeIS:Mail:MX\n\n" + RETURNED), FULL),
    ("Exchange 2000", notification("System Administrator <postmaster@mx.example>", "Undeliverable: Nr 5",
        "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tNr 5\n      Sent:\t1/1/2024 8:00 PM\n\nThe following recipient(s) could not be reached:\n\n"
        "      anna@example.org on 1/1/2024 8:01 PM\n            The e-mail account does not exist at the organization this message was sent to.  Check the e-mail address, or contact the recipient directly to find out the correct address.\n"
        "            <mx.example #5.1.1>\n"), UNKNOWN),
    ("Exchange in German", notification("System Administrator <postmaster@mx.example>", "Unzustellbar: Nr 5",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\nanna@example.org<mailto:anna@example.org>\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\n"
        "Diagnoseinformationen für Administratoren:\n\nGenerierender Server: mx.example\n\nanna@example.org\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n"), UNKNOWN),
    ("Exchange in French", notification("Microsoft Exchange <postmaster@mx.example>", "Non remis : Nr 5",
        "Échec de la remise aux destinataires ou groupes suivants :\n\nAnna (anna@example.org)<mailto:anna@example.org>\nLa boîte aux lettres du destinataire est pleine.\n\n"
        "Informations de diagnostic pour les administrateurs :\n\nGénération du serveur : mx.example\n\nanna@example.org\nRemote Server returned '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded'\n"), FULL),
    ("Microsoft 365", notification("Microsoft Outlook <MicrosoftExchange329e@example.com>", "Undeliverable: Nr 5",
        "Your message to anna@example.org couldn't be delivered.\n\nanna wasn't found at example.org.\n\nnews  Office 365  anna\nAction Required  Recipient\n\nUnknown To address\n\n"
        "How to Fix It\nThe address might be misspelled or might not exist.\n\nMore Info for Email Admins\nStatus code: 550 5.1.10\n\n"
        "Error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@example.org not found by SMTP address lookup\n"), UNKNOWN),
    ("Microsoft 365 in Japanese", notification("Microsoft Outlook <MicrosoftExchange329e@example.com>", "配信不能: Nr 5",
        "anna@example.org へのメッセージを配信できませんでした。\n\nanna@example.org のメールボックスがいっぱいであるため、現在はメッセージを受け取ることができません。\n\n"
        "管理者向けの診断情報:\n\n生成元サーバー: mx.example\n\nanna@example.org\nRemote Server returned '554 5.2.2 mailbox full'\n"), FULL),
    ("MailFoundry", notification("MAILER-DAEMON@mx.example", "Message delivery has failed",
        "Unable to deliver message to: <anna@example.org>\nDelivery failed for the following reason:\nServer mx.example.org[192.0.2.22] failed with: 550 <anna@example.org> No such user here\n\n"
        "This has been a permanent failure.  No further delivery attempts will be made.\n\n"), UNKNOWN),
    ("MailMarshal", notification("postmaster@mx.example", 'Undeliverable Mail: "Nr 5"',
        "Your message:\n   From:    news@example.com\n   Subject: Nr 5\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected: \n    anna@example.org\n\n"
        "Additional Information\n======================\nOriginal Sender:    <news@example.com>\nSender-MTA:         <192.0.2.1>\nRemote-MTA:         <192.0.2.2>\nReporting-MTA:      <mx.example>\n"), UNKNOWN),
    ("mail.ru in Russian", notification("mailer-daemon@corp.mail.ru", "Mail failure.",
        "Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n"
        "anna@example.org\n    message was not accepted -- invalid mailbox. Local mailbox anna@example.org is unavailable: user not found\n"), UNKNOWN),
    ("McAfee", notification("MAILER-DAEMON@mx.example", "Mail could not be delivered",
        "--- The following addresses had delivery problems ---\n\n<anna@example.org>   (User unknown anna@example.org)\n\n"
        '--------------Boundary-00=_AB0000000000\nContent-Type: message/delivery-status; name="deliverystatus.txt"\n\nFinal-Recipient: <anna@example.org>\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 User not known\n'), UNKNOWN),
    ("iPlanet", notification("Internet Mail Delivery <postmaster@mx.example>", "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n  Message-id: <5.anna@example.com>\n  Date: Mon, 01 Jan 2024 23:34:45 +0900 (JST)\n  From: news@example.com\n  To: anna@example.org\n  Subject: Nr 5\n\n"
        "Your message cannot be delivered to the following recipients:\n\n  Recipient address: anna@example.org\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 5.1.1 <anna@example.org>... User unknown\n"
        "  Remote system: dns;mx.example.org (TCP|192.0.2.9|47323|192.0.2.2|25) (mx.example.org ESMTP)\n"), UNKNOWN),
    ("iPlanet, full and two of them", notification("Internet Mail Delivery <postmaster@mx.example>", "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n  Message-id: <5.anna@example.com>\n  From: news@example.com\n  Subject: Nr 5\n\nYour message cannot be delivered to the following recipients:\n\n"
        "  Recipient address: anna@ims-ms-daemon\n  Original address: anna@example.org\n  Reason: Over quota\n\n  Recipient address: bea@example.net\n  Reason: Illegal host/domain name found\n"),
        [(ANNA, "transient", "mailboxfull"), (BEA, "permanent", "hostunknown")]),
    ("Notes", notification("MAILER-DAEMON@notes.example", "Delivery Failure Report",
        "The message that you sent could not be delivered.\n\n------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nanna@example.org\n\n------- Returned Message --------\n\n" + RETURNED), UNKNOWN),
    ("Domino", notification("postmaster@notes.example", "DELIVERY FAILURE: User Anna Arkwright (anna@example.org) not listed in Domino Directory",
        "Your message\n\n  Subject: Nr 5\n\nwas not delivered to:\n\n  anna@example.org\n\nbecause:\n\n  User Anna Arkwright (anna@example.org) not listed in Domino Directory\n"), UNKNOWN),
    ("Domino in German", notification("postmaster@notes.example", "ZUSTELLUNGSFEHLER: Benutzer anna nicht im Domino-Verzeichnis aufgeführt",
        "Ihre Nachricht\n\n  Thema: Nr 5\n\nwurde nicht zugestellt an:\n\n  anna@example.org\n\nGrund:\n\n  Benutzer anna (anna@example.org) nicht im Domino-Verzeichnis aufgeführt\n"), UNKNOWN),
    ("SurfControl", notification("MailController@mx.example", "Message Not Delivered",
        "Your message could not be delivered:\n\nFrom: news@example.com\nSubject: Nr 5\nAddressed to: anna@example.org\n\nFailed to send to identified host,\nanna@example.org: [192.0.2.5], 550 anna@example.org... No such user\n--- Message non-deliverable.\n"), UNKNOWN),
    ("sendmail 5", notification("Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\nWhile talking to mx.example.org:\n>>> RCPT To:<anna@example.org>\n<<< 550 <anna@example.org>, User Unknown\n550 <anna@example.org>, User unknown\n\n   ----- Unsent message follows -----\n" + RETURNED), UNKNOWN),
    ("sendmail 5, deferred", notification("Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: Cannot send message for 3 days",
        "   ----- Transcript of session follows -----\n421 example.org (tcp)... Deferred: Connection timed out during user open with mx.example.org\n421 anna@example.org... Deferred: Connection timed out during user open with mx.example.org\n\n   ----- Unsent message follows -----\n" + RETURNED), [(ANNA, "transient", "expired")]),
    ("X1", notification('"Mail Deliver System" <mailer-daemon@mx.example>', "Returned Mail: News",
        "The original message was received at Mon, 1 Jan 2024 23:34:45 +0900 (JST)\nfrom news@example.com\n\n---The following addresses had delivery errors---\n\nanna@example.org [User unknown]\n\n"), FILTERED),
    ("X2", notification("MAILER-DAEMON@mx.example", "failed delivery",
        "Message from mx.example.\nUnable to deliver message to the following address(es).\n\n<anna@example.org>:\nThis user doesn't have a example.org account (anna@example.org) [0]\n\n"), UNKNOWN),
    ("X3", notification("Mail Delivery System <MAILER-DAEMON@mx.example>", "Delivery status notification",
        "============================================================================\n      This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed permanently:\n\n  * anna@example.org\n\nReason: Permanent Error: RCPT TO: 550 5.1.1 No such mailbox\n"), UNKNOWN),
    ("a qmail clone", notification("MAILER-DAEMON@mx.example", "failure notice",
        "We're sorry. There's a problem with the e-mail address(es) you're trying to send to. Please verify the address(es) and try again. If you continue to have problems, please contact Customer Support.\n\n<anna@example.org>:\nThis user is no longer active? 550 5.1.1 mailbox not found\n\n--- Below this line is a copy of the message.\n\n" + RETURNED), UNKNOWN),
    ("qmail in German", notification("MAILER-DAEMON@mx.example", "failure notice",
        "Hallo. Dies ist das qmail-send Programm auf mx.example.\nIch konnte Ihre Nachricht an folgende Adressen leider nicht ausliefern.\nDies ist ein permanenter Fehler; ich habe es aufgegeben.\n\n<anna@example.org>:\n192.0.2.4 does not like recipient.\nRemote host said: 550 5.1.1 unbekannter Empfänger\nGiving up on 192.0.2.4.\n\n--- Es folgt eine Kopie der Nachricht.\n\n" + RETURNED), UNKNOWN),
    ("XMail", notification("root@mx.example", "Error sending message [173.4.mx] from [mx.example]",
        "[<00>] XMail bounce: Rcpt=[anna@example.org];Error=[550 5.1.1 no such user]\n\n\n[<01>] Error sending message [173.4.mx] from [mx.example].\n\nID:        <S4A>\nMail From: <news@example.com>\nRcpt To:   <anna@example.org>\nServer:    <mx.example.org>\n\n\n[<02>] The reason of the delivery failure was:\n\n550 5.1.1 no such user\n\n\n[<05>] Here is listed the initial part of the message:\n\n" + RETURNED), UNKNOWN),
    ("CommuniGate", notification("<MAILER-DAEMON@mx.example>", "Undeliverable mail: Nr 5",
        "Failed to deliver to 'anna@example.org'\nSMTP module(domain example.org) reports:\n host mx.example.org says:\n 550 5.1.1 User unknown\n"), UNKNOWN),
    ("hMailServer", notification("mailer-daemon@mx.example", "Message undeliverable: Nr 5",
        "Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 1 Jan 2024 10:00:00 +0000\n   Subject: Nr 5\n\nThe following recipient(s) could not be reached:\n\nanna@example.org\n   Error Type: SMTP\n   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<anna@example.org>\n   Remote server replied: 550 5.1.1 User unknown\n\n\nhMailServer\n"), UNKNOWN),
    ("SmarterMail", notification('"System Administrator" <postmaster@mx.example>', "Delivery Failure",
        "Could not deliver message to the following recipient(s):\n\nFailed Recipient: anna@example.org\nReason: Remote host said: 550 5.1.1 User unknown\n\n\n   -- The header and top 20 lines of the message follows --\n\n" + RETURNED), UNKNOWN),
    ("Haraka", notification("MAILER-DAEMON@mx.example", "failed deliveries:",
        "Hi. This is the Haraka Mailer program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\nIntended Recipients: <anna@example.org>\nFailure Reason: Error: 550 5.1.1 unknown user\n"), UNKNOWN),
    ("Mercury", notification("postmaster@mx.example", "Postmaster Notify: Delivery Failure.",
        "The mail message (see attached) could not be delivered to one or more addresses. The problems were:\n\n<anna@example.org>\n  Error (or address) : 550 User unknown\n"), UNKNOWN),
    ("PowerMTA without its part", notification("PowerMTA <postmaster@mx.example>", "Delivery report",
        "Hello, this is the mail server on mx.example.\n\nI am sending you this message to inform you on the delivery status of a\nmessage you previously sent.  Immediately below you will find a list of\nthe affected recipients;  also attached is a Delivery Status Notification\n(DSN) report in standard format, as well as the headers of the original\nmessage.\n\n  <anna@example.org>  delivery failed; will not continue trying\n"), [(ANNA, "transient", "onhold")]),
    ("SendGrid's text", notification("MAILER-DAEMON <MAILER-DAEMON@sendgrid.example>", "Undelivered Mail Returned to Sender",
        "This is an automatically generated message from SendGrid.\n\nI'm sorry to have to tell you that your message was not able to be delivered to one of its intended recipients.\n\nIf you require assistance with this, please contact SendGrid support.\n\nnews@example.com:<anna@example.org>: 550 5.1.1 <anna@example.org>: Recipient address rejected: unknown user\n"), UNKNOWN),
    ("Outlook.com", notification("postmaster@mail.hotmail.com", "Delivery Status Notification (Failure)",
        "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       anna@example.org\n\n\n" + RETURNED), [(ANNA, "transient", "onhold")]),
    ("Tencent", notification("PostMaster@qq.com", "=?utf-8?B?57O757uf6YCA5L+h?=",
        "抱歉，您的邮件被退回来了……\n原邮件信息：\n    时间  2024-01-01 10:00:00\n    主题  Nr 5\n    收件人  anna@example.org\n退信原因：\n    收件人邮箱地址不存在，邮件无法送达。\n    host mx.example.org said: 550 5.1.1 mailbox not found\n"), UNKNOWN),
    ("NetEase", notification("Postmaster@163.com", "系统退信",
        "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n时 间：2024-01-01 10:00\n主 题：Nr 5\n收件人：anna@example.org\n\n退信原因：\n收件人邮箱已满，无法接收更多邮件\n"), FULL),
    ("Naver", notification("<mailer-daemon@naver.com>", "메일 전송 실패 안내",
        "메일이 정상적으로 발송되지 않았습니다.\n\n받는사람 : anna@example.org\n발송실패 사유 : 받는사람의 메일주소가 존재하지 않습니다. (550 5.1.1 No such user)\n"), UNKNOWN),
    ("Orange in French", notification("Mail Delivery System <MAILER-DAEMON@orange.fr>", "Message non remis",
        "Votre message n'a pas pu être remis au destinataire suivant :\n\nanna@example.org\n\nRaison : la boîte aux lettres du destinataire est pleine\n"), FULL),
    ("Libero in Italian", notification("Mail Delivery System <mailer-daemon@libero.it>", "Messaggio non consegnato",
        "Il messaggio non è stato consegnato ai seguenti destinatari:\n\n<anna@example.org>: host mx.example.org ha risposto: 550 5.1.1 utente sconosciuto\n"), UNKNOWN),
    ("Terra in Spanish", notification("MAILER-DAEMON@terra.example", "No se pudo entregar su mensaje",
        "No se pudo entregar su mensaje a los siguientes destinatarios:\n\n<anna@example.org>\n\nEl servidor remoto dijo: 550 5.1.1 usuario desconocido\n"), UNKNOWN),
    ("UOL in Portuguese", notification("MAILER-DAEMON@uol.example", "Mensagem não entregue",
        "Sua mensagem não pôde ser entregue ao seguinte destinatário:\n\nanna@example.org\n\nMotivo: caixa postal cheia (552 5.2.2)\n"), FULL),
    ("Postfix in Japanese", notification("MAILER-DAEMON@mx.example (Mail Delivery System)", "Undelivered Mail Returned to Sender",
        "メールサーバ mx.example です。\n\nあなたのメールは以下の宛先に配送できませんでした。\n\n<anna@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1\n    <anna@example.org>: Recipient address rejected: User unknown (in reply to\n    RCPT TO command)\n"), UNKNOWN),
]
# fmt: on
