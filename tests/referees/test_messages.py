"""What the referees wrote once (`python -m tests.referees.collect`): read where no MTA can be started."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.feedback import reading

MESSAGES = Path(__file__).parent / "messages"
EXPECTED = {
    "exim-busy": ("transient", "expired", "5.0.0"),
    "exim-down": ("transient", "expired", "5.0.0"),
    "exim-local": ("permanent", "userunknown", "5.0.0"),
    "exim-unknown": ("permanent", "hostunknown", "5.0.0"),
    "postfix-down": ("transient", "networkerror", "4.4.1"),
    "postfix-local": ("permanent", "userunknown", "5.1.1"),
    "postfix-small": ("transient", "mesgtoobig", "5.3.4"),
    "sendmail-bare": ("permanent", "userunknown", "5.1.1"),
    "sendmail-busy": ("transient", "onhold", "4.4.7"),
    "sendmail-down": ("transient", "networkerror", "4.4.7"),
}
"""Class, reason and status of each."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_message_of_a_real_mta_is_read(name: str) -> None:
    report = reading.read((MESSAGES / f"{name}.eml").read_bytes())[0]
    assert (report.kind, report.reason, report.status) == EXPECTED[name]
    assert report.recipient == f"reader0@{name.partition('-')[2]}.test"
    assert report.reporting_mta == "relay.test"
    assert report.sent_to.endswith("@bounces.test") and report.sent_to.startswith("b+")


def test_every_message_is_expected() -> None:
    assert {path.stem for path in MESSAGES.glob("*.eml")} == set(EXPECTED)
