"""Google: the plain form and groups."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_the_other_servers_words_are_judged_not_googles() -> None:
    raw = notification(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        (
            "Delivery to the following recipient failed permanently:\n"
            "\n"
            "     anna@example.org\n"
            "\n"
            "Technical details of permanent failure: \n"
            "Google tried to deliver your message, but it was rejected by the recipient domain. The error that the other server returned was: 550 550 5.1.1 <anna@example.org>... User unknown (state 14).\n"
            "\n"
            "----- Original message -----\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"gmail"}


def test_a_server_that_does_not_answer_expires() -> None:
    raw = notification(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n"
        "\n"
        "     anna@example.org\n"
        "\n"
        "Technical details of permanent failure: \n"
        "The recipient server did not accept our requests to connect.\n"
        "[example.org (1): Connection timed out]\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "expired")]
    assert dialects(raw) == {"gmail"}


def test_a_warning_is_no_bounce() -> None:
    raw = notification(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        "This is an automatically generated Delivery Status Notification\n"
        "\n"
        "THIS IS A WARNING MESSAGE ONLY.\n"
        "\n"
        "Delivery to the following recipient has been delayed:\n"
        "\n"
        "     anna@example.org\n"
        "\n"
        "Message will be retried for 2 more day(s)\n"
        "\n"
        "Technical details of temporary failure: \n"
        "The recipient server did not accept our requests to connect.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "none", "expired")]
    assert dialects(raw) == {"gmail"}


def test_a_group_refuses_in_any_language() -> None:
    raw = notification(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "Liebe Leserin,\n\ndie Gruppe gibt es nicht.\n\nGoogle Groups\nhttps://groups.google.com/support/\n",
        "X-Failed-Recipients: lovers@googlegroups.example",
    )
    assert verdicts(raw) == [("lovers@googlegroups.example", "transient", "rejected")]
    assert dialects(raw) == {"googlegroups"}
