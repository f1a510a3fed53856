"""Consent is a row of records, and their order decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database
from tests.parts.first_records import agree
from tests.store.audience.test_subscribers import NOW, person
from tests.store.audience.test_subscriptions import publication_id

__all__ = ["publication_id"]

A = ConsentAction


@pytest.mark.parametrize(
    ("actions", "asked"),
    [
        ([], None),
        ([A.IMPORTED], None),
        ([A.ASKED], 0),
        ([A.ASKED, A.ASKED, A.CONFIRMED], 0),
        ([A.ASKED, A.CONFIRMED, A.UNSUBSCRIBED], None),
        ([A.ASKED, A.COMPLAINED, A.ASKED, A.TRACKING, A.ASKED], 2),
    ],
)
def test_asking_counts_from_the_first_time_after_the_last_goodbye(
    database: Database, publication_id: int, actions: list[ConsentAction], asked: int | None
) -> None:
    with database.write() as session:
        (reader,) = subscribers.ensure(session, [person("a@example.org")], NOW).values()
        ids = subscriptions.add_missing(session, publication_id, [reader], SubscriptionState.PENDING, NOW).values()
        for number, action in enumerate(actions):
            consents.add(session, ids, action, at=NOW + timedelta(seconds=number), place="x" * 300)
        (subscription_id,) = ids
        expected = None if asked is None else NOW + timedelta(seconds=asked)
        assert consents.asked_at(session, subscription_id) == expected
        assert [record.action for record in consents.of(session, subscription_id)] == actions
    agree(database)
