"""Lotus Notes and Domino."""

from __future__ import annotations

from tests.mail.dialects.samples import RETURNED, dialects, notification, verdicts


def test_the_reason_stands_before_the_address() -> None:
    raw = notification(
        "POSTMASTER@smtp.example",
        "Undeliverable message",
        (
            "------- Failure Reasons  --------\n"
            "\n"
            "User not listed in public Name & Address Book\n"
            "anna@example.org\n"
            "\n"
            "\n"
            "------- Returned Message --------\n"
            "\n"
        )
        + RETURNED,
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"notes"}


def test_was_not_delivered_to_because() -> None:
    raw = notification(
        "Postmaster <postmaster@example.org>",
        "DELIVERY FAILURE: User anna not listed",
        "Your message\n"
        "\n"
        "  Subject: Nr 5\n"
        "\n"
        "was not delivered to:\n"
        "\n"
        "  anna@example.org\n"
        "\n"
        "because:\n"
        "\n"
        "  User anna (anna@example.org) not listed in Domino Directory\n"
        "\n",
    )
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]
    assert dialects(raw) == {"notes"}
