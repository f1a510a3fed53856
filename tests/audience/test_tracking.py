"""Consent to be tracked: theirs to give, theirs to take back, each time recorded."""

from __future__ import annotations

import pytest

from newsletter.audience import history, tracking
from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.errors import NotFoundError, TokenError
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer
from tests.parts.ledger import add_issue, add_publication, add_readers

READER = "reader0@readers.example"


@pytest.fixture
def token(database: Database, clock: SettableClock, signer: Signer) -> str:
    """The token in a reader's mail."""
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 1)
    issue = add_issue(database, clock, publication)
    planning.plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    return signer.issue(Purpose.UNSUBSCRIBE, 1)


def said(database: Database) -> tuple[str, list[str]]:
    [subscription] = history.show(database, address=READER)["subscriptions"]
    return subscription["tracking"], [r["wording"] for r in subscription["consent"]]


def test_a_reader_agrees_and_takes_it_back(
    database: Database, clock: SettableClock, signer: Signer, token: str
) -> None:
    assert tracking.look_up(database, signer=signer, token=token).consent is Consent.UNKNOWN
    for granted in (True, True, False):
        tracking.decide(database, clock=clock, signer=signer, token=token, granted=granted, ip="", wording="You may.")
    assert said(database) == ("denied", ["granted: You may.", "denied: You may."])


def test_what_a_reader_wrote_is_recorded_by_hand(database: Database, clock: SettableClock, token: str) -> None:
    facts = {"clock": clock, "address": READER, "publication": "daily", "consent": Consent.GRANTED}
    assert tracking.decide_for(database, **facts)
    assert not tracking.decide_for(database, **facts)
    assert said(database)[0] == "granted"
    with pytest.raises(NotFoundError):
        tracking.decide_for(database, **facts | {"address": "nobody@readers.example"})


def test_another_purposes_token_decides_nothing(
    database: Database, clock: SettableClock, signer: Signer, token: str
) -> None:
    with pytest.raises(TokenError):
        tracking.look_up(database, signer=signer, token=signer.issue(Purpose.CLICK, 1))
