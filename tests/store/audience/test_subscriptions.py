"""A reader has one standing on each publication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.errors import NotFoundError
from newsletter.model import Publication
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import subscribers, subscriptions
from newsletter.store.database import Database
from tests.store.audience.test_subscribers import person

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def publication_id(database: Database) -> int:
    with database.write() as session:
        publication = Publication(
            slug="p", name="P", from_name="P", from_address="p@p.example", list_id="p.p.example", created_at=NOW
        )
        session.add(publication)
        session.flush()
        return publication.id


def test_a_subscription_is_added_once_and_then_left_as_it_stands(database: Database, publication_id: int) -> None:
    with database.write() as session:
        ids = list(subscribers.ensure(session, [person("a@example.org"), person("b@example.org")], NOW).values())
        new = subscriptions.add_missing(session, publication_id, ids, SubscriptionState.PENDING, NOW)
        assert set(new) == set(ids)
        assert subscriptions.add_missing(session, publication_id, ids, SubscriptionState.ACTIVE, NOW) == {}
        counts = subscriptions.counts(session, publication_id)
    assert counts == {
        SubscriptionState.PENDING: 2,
        SubscriptionState.ACTIVE: 0,
        SubscriptionState.UNSUBSCRIBED: 0,
    }


def test_a_standing_that_does_not_exist_is_none_or_not_found(database: Database, publication_id: int) -> None:
    with database.write() as session:
        assert subscriptions.find(session, 99) is None
        assert subscriptions.lock(session, 99) is None
        assert subscriptions.of_delivery(session, 99) is None
        with pytest.raises(NotFoundError):
            subscriptions.lock_for(session, publication_id, 99)
