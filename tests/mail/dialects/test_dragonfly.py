"""The DragonFly Mail Agent."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_one_sentence_names_the_reader_and_the_command() -> None:
    raw = notification(
        "MAILER-DAEMON <>",
        "Mail delivery failed",
        (
            "This is the DragonFly Mail Agent v0.13 at df.example.\n"
            "\n"
            "There was an error delivering your mail to <anna@example.org>.\n"
            "\n"
            "mx.example.org [192.0.2.25] did not like our RCPT TO:\n"
            "550 <anna@example.org>: User unknown\n"
            "\n"
            "Message headers follow.\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"dragonfly"}


def test_giving_up_is_expiry() -> None:
    raw = notification(
        "MAILER-DAEMON <>",
        "Mail delivery failed",
        "This is the DragonFly Mail Agent v0.13 at df.example.\n"
        "\n"
        "There was an error delivering your mail to <anna@example.org>.\n"
        "\n"
        "Could not deliver for the last 432000 seconds. Giving up.\n",
    )
    assert verdicts(raw) == [("anna@example.org", "transient", "expired")]
    assert dialects(raw) == {"dragonfly"}
