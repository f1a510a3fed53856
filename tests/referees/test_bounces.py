"""A real MTA between the engine and the readers: its own bounces come back to the right delivery with the right reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.referees.base import HOST, LOCAL, NOWHERE, Referee
from tests.referees.exim import Exim
from tests.referees.postfix import Postfix
from tests.referees.receivers import DOWN, FINE, SMALL
from tests.referees.sendmail import Sendmail
from tests.referees.stage import Outcome, Stage

REFEREES: tuple[type[Referee], ...] = (Postfix, Exim, Sendmail)
EXPECTED = {
    LOCAL: Outcome("bounced", "permanent", "userunknown", "reader", suppressed=True),
    NOWHERE: Outcome("bounced", "permanent", "hostunknown", "reader", suppressed=True),
    "refuse.test": Outcome("bounced", "permanent", "userunknown", "reader", suppressed=True),
    "bare.test": Outcome("bounced", "permanent", "userunknown", "reader", suppressed=True),
    "full.test": Outcome("bounced", "transient", "mailboxfull", "reader"),
    "policy.test": Outcome("bounced", "transient", "policyviolation", "sender"),
    "spam.test": Outcome("bounced", "transient", "spamdetected", "sender"),
    SMALL: Outcome("bounced", "transient", "mesgtoobig", "sender"),
    # Deferred by the receiver, or not to be reached: given up after the referee's only try.
    "busy.test": Outcome("bounced", "transient", "onhold", "reader"),
    "grey.test": Outcome("bounced", "transient", "onhold", "sender"),
    DOWN: Outcome("bounced", "transient", "networkerror", "reader"),
    FINE: Outcome("submitted"),
}
EXPIRED = Outcome("bounced", "transient", "expired", "reader")
OTHERWISE: dict[type[Referee], dict[str, Outcome]] = {
    # Exim adds "retry timeout exceeded" to what it heard, and says nothing else of a host that is down.
    Exim: {"busy.test": EXPIRED, "grey.test": replace(EXPIRED, blame="sender"), DOWN: EXPIRED},
    # sendmail looks a mailbox of its own up at RCPT, and writes 4.4.7 over a reply that had no status.
    Sendmail: {LOCAL: Outcome("rejected")},
}
"""What a referee tells in other words."""


@pytest.fixture(params=REFEREES, ids=lambda kind: kind.__name__.lower())
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Everything that runs."""
    kind: type[Referee] = request.param
    if part := kind.missing():
        absent(part)
    running = Stage(tmp_path, kind)
    yield running
    running.stop()


def test_the_bounces_of_a_real_mta_find_their_deliveries_and_their_reasons(stage: Stage) -> None:
    stage.send()
    assert stage.outcomes() == EXPECTED | OTHERWISE.get(type(stage.referee), {})
    assert {report.reported_by for report in stage.applied()} == {HOST}
    assert len(stage.applied()) == len(stage.raw())
