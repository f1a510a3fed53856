"""One address behind all consents is found, and nothing is said where nothing can be known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from newsletter.audience.origins import FEW, NEWEST, shared_address
from newsletter.clock import SettableClock
from newsletter.model import ConsentRecord, Subscription
from newsletter.store.audience import consents
from newsletter.store.database import Database
from tests.parts.ledger import add_publication, add_readers

PROXY = "172.30.0.1"


@pytest.fixture
def consent(database: Database, clock: SettableClock) -> Callable[..., None]:
    """Add consents: an address for each of so many readers, some hours ago."""
    add_readers(database, clock, add_publication(database, clock), 20)
    with database.read() as session:
        ids = list(session.scalars(select(Subscription.id).order_by(Subscription.id)))

    def made(addresses: list[str], *, hours: int = 1, readers: int = 20) -> None:
        at = clock.now() - timedelta(hours=hours)
        with database.write() as session:
            for place, ip in enumerate(addresses):
                consents.add(session, [ids[place % readers]], consents.ConsentAction.ASKED, at=at, ip=ip)

    return made


def test_the_same_address_for_all_is_found(database: Database, clock: SettableClock, consent) -> None:
    consent([PROXY] * FEW)
    assert shared_address(database, clock=clock) == PROXY


def test_nothing_is_said_of_few_readers_however_often_they_consented(
    database: Database, clock: SettableClock, consent
) -> None:
    assert shared_address(database, clock=clock) == ""
    consent([PROXY] * 40, readers=FEW - 1)
    assert shared_address(database, clock=clock) == ""


def test_nothing_is_said_when_there_is_another_address(database: Database, clock: SettableClock, consent) -> None:
    consent([PROXY] * 18 + ["192.0.2.7"])
    assert shared_address(database, clock=clock) == ""


def test_only_the_last_day_counts_and_what_was_imported_has_no_address(
    database: Database, clock: SettableClock, consent
) -> None:
    consent(["192.0.2.7"] * 9, hours=25)
    consent([PROXY] * 9 + [""] * 9)
    assert shared_address(database, clock=clock) == PROXY


def test_only_the_newest_are_read(database: Database, clock: SettableClock, consent) -> None:
    consent([PROXY] * 9)
    with database.write() as session:
        row = {
            "subscription_id": session.scalar(select(Subscription.id).limit(1)),
            "action": "imported",
            "at": clock.now(),
        }
        session.execute(insert(ConsentRecord), [{**row, "ip": "", "place": "", "wording": ""}] * NEWEST)
    assert shared_address(database, clock=clock) == ""
