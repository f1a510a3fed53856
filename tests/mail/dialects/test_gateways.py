"""Gateways known by one sentence."""

from __future__ import annotations

from tests.mail.dialects.samples import dialects, notification, verdicts


def test_imail_puts_the_words_first() -> None:
    raw = notification(
        '"Postmaster" <postmaster@example.org>',
        "Undeliverable Mail",
        "Unknown user: anna@example.org\n\nOriginal message follows.\n\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"imailserver"}


def test_a_relay_gives_a_reason() -> None:
    raw = notification(
        "mailer-daemon",
        "There was an error sending your mail",
        "We had trouble delivering your message. Full details follow:\n"
        "\n"
        "1 error(s):\n"
        "\n"
        "The following recipients returned permanent errors: anna@example.org. Reason: SMTP Server <192.0.2.3> refused to accept your message (DATA), with the following error message: [554 5.4.6 Hop count exceeded - possible mail loop]\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "networkerror")]
    assert dialects(raw) == {"x6"}


def test_zoho_writes_a_status_line() -> None:
    raw = notification(
        "mailer-daemon@mail.zoho.example",
        "Undelivered Mail Returned to Sender",
        "This message was created automatically by mail delivery system.\n"
        "\n"
        "----- The following addresses had fatal errors ----- \n"
        "\n"
        "[Status: Error, Address: <anna@example.org>, ResponseCode 550, 5.1.1, Host 5.1.1 <anna@example.org>... User Unknown]\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"zoho"}


def test_mailmarshal_lists_who_was_affected() -> None:
    raw = notification(
        "<postmaster@example.net>",
        "Undeliverable Mail: Nr 5",
        "Your message:\n"
        "   From:    news@example.com\n"
        "   Subject: Nr 5\n"
        "\n"
        "Could not be delivered because of\n"
        "\n"
        "550 5.1.1 User unknown\n"
        "\n"
        "The following recipients were affected: \n"
        "    anna@example.org\n"
        "\n"
        "\n"
        "Additional Information\n"
        "======================\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"mailmarshal"}


def test_mailfoundry_keeps_the_server_reply() -> None:
    raw = notification(
        "Mail Delivery <mailer-daemon@mf.example>",
        "Message delivery has failed",
        "Unable to deliver message to: <anna@example.org>\n"
        "Delivery failed for the following reason:\n"
        "Server mx.example.org[192.0.2.2] failed with: 552 5.2.2 <anna@example.org> over quota\n"
        "\n"
        "This has been a permanent failure.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "mailboxfull")]
    assert dialects(raw) == {"mailfoundry"}


def test_surfcontrol_fails_to_send_to_a_host() -> None:
    raw = notification(
        "Mail Delivery System <postmaster@example.net>",
        "Message could not be delivered",
        "Your message could not be sent.\n"
        "Addressed To: anna@example.org\n"
        "\n"
        "Failed to send to identified host,\n"
        "anna@example.org: [192.0.2.5], 550 5.1.1 anna@example.org... No such user\n"
        "--- Message non-deliverable.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"surfcontrol"}


def test_james_tells_the_message_details() -> None:
    raw = notification(
        "post_master@vtext.example",
        "Re:Nr 5",
        "Error: Invalid user address\n"
        "Error message below:\n"
        "550 - Requested action not taken: no such user here\n"
        "\n"
        "Message details:\n"
        "  MAIL FROM: news@example.com\n"
        "  RCPT TO: 0000000000@vtext.example\n",
    )
    assert verdicts(raw) == [("0000000000@vtext.example", "permanent", "userunknown")]
    assert dialects(raw) == {"james"}


def test_verizon_could_not_reach_the_mobile() -> None:
    raw = notification(
        "<post_master@vtext.example>",
        "Undeliverable Message",
        "Message could not be delivered to mobile.\n"
        "Error: No valid recipients for this MM\n"
        "\n"
        "Message details:\n"
        "To: 0000000000@vzwpix.example\n"
        "Subject: Nr 5\n",
    )
    assert verdicts(raw) == [("0000000000@vzwpix.example", "permanent", "userunknown")]
    assert dialects(raw) == {"verizon"}


def test_mdaemon_shows_its_session() -> None:
    raw = notification(
        "MDaemon at example.org <MDaemon@example.org>",
        "Permanent Delivery Failure",
        "The attached message had PERMANENT fatal delivery errors.\n"
        "\n"
        "Failed address: anna@example.org\n"
        "\n"
        "--- Session Transcript ---\n"
        " Mon: --> RCPT To:<anna@example.org>\n"
        " Mon: <-- 550 5.1.1 User unknown\n"
        " --- End Transcript ---\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"mdaemon"}


def test_mailenable_names_the_domain() -> None:
    raw = notification(
        "postmaster@example.org",
        "Message Delivery Failure",
        "Message could not be delivered to some recipients.\n"
        "The following recipient(s) could not be reached:\n"
        "\n"
        "\tRecipient: [SMTP:anna@example.org]\n"
        "\tReason: The message could not be delivered because the domain name (example.org) does not appear to be registered.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "hostunknown")]
    assert dialects(raw) == {"mailenable"}


def test_groupwise_puts_words_in_parentheses() -> None:
    raw = notification(
        "Mailer-Daemon@example.org",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\tanna@example.org (user not found)\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"groupwise"}


def test_mxlogic_keeps_the_reply_on_the_line() -> None:
    raw = notification(
        "Mail Delivery System <MAILER-DAEMON@mxlogic.example>",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n"
        "\n"
        "A message that you have sent could not be delivered to one or more\n"
        "recipients.  This is a permanent error.  The following address failed:\n"
        "\n"
        "  <anna@example.org>: 550 5.1.1 User Not Known\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"mxlogic"}


def test_ironport_names_the_reader_first() -> None:
    raw = notification(
        "Mail Delivery System <MAILER-DAEMON@ironport.example>",
        "Delivery Status Notification (Failure)",
        "The following message to <anna@example.org> was undeliverable.\n"
        "The reason for the problem:\n"
        "5.1.0 - Unknown address error 550-'Requested action not taken: mailbox unavailable'\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"quoted"}
