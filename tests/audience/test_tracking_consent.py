"""Consent to be tracked: theirs to give, theirs to take back, each time recorded."""

from __future__ import annotations

import pytest

from newsletter.audience import history
from newsletter.audience.said import Said
from newsletter.audience.tracking_consent import TrackingConsent
from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.errors import NotFoundError, TokenError
from newsletter.model.actor import reader
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer
from tests.parts.actors import OPERATOR
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
    room = TrackingConsent(database, clock, signer)
    found = room.look_up(token)
    assert found.consent is Consent.UNKNOWN
    for consent in (Consent.GRANTED, Consent.GRANTED, Consent.DENIED):
        words, by = Said(wording="You may."), reader(found.subscription_id)
        assert room.decide(found.subscription_id, consent, words, by=by).consent is consent
    assert said(database) == ("denied", ["granted: You may.", "denied: You may."])


def test_what_a_reader_wrote_is_recorded_by_hand(
    database: Database, clock: SettableClock, signer: Signer, token: str
) -> None:
    room = TrackingConsent(database, clock, signer)
    assert room.decide_for(READER, 1, Consent.GRANTED, by=OPERATOR)
    assert not room.decide_for(READER, 1, Consent.GRANTED, by=OPERATOR)
    assert said(database)[0] == "granted"
    with pytest.raises(NotFoundError):
        room.decide_for("nobody@readers.example", 1, Consent.GRANTED, by=OPERATOR)


def test_another_purposes_token_decides_nothing(
    database: Database, clock: SettableClock, signer: Signer, token: str
) -> None:
    with pytest.raises(TokenError):
        TrackingConsent(database, clock, signer).look_up(signer.issue(Purpose.CLICK, 1))
