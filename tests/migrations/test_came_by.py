"""How each reader came is read from the first record of consent, when it begins to be kept."""

from __future__ import annotations

from sqlalchemy import select

from newsletter.model import Publication, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store import migrating
from newsletter.store.audience import consents, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database
from tests.parts.first_records import agree
from tests.store.audience.test_subscribers import NOW, person

BEFORE = "0045"


def test_who_came_before_is_known_by_the_first_record(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    with empty_database.write() as session:
        address = "p@p.example"
        home = Publication(
            slug="p", name="P", from_name="P", from_address=address, list_id="p.p.example", created_at=NOW
        )
        session.add(home)
        session.flush()
        people = subscribers.ensure(session, [person(f"{n}@example.org") for n in range(3)], NOW).values()
        ids = list(subscriptions.add_missing(session, home.id, people, SubscriptionState.ACTIVE, NOW).values())
        consents.add(session, ids[:1], ConsentAction.ASKED, at=NOW, place="form:site")
        consents.add(session, ids[1:2], ConsentAction.IMPORTED, at=NOW, place="a.csv")
        consents.add(session, ids[:2], ConsentAction.UNSUBSCRIBED, at=NOW, place="one-click")
    migrating.downgrade(empty_database, BEFORE)
    migrating.upgrade(empty_database)
    agree(empty_database)
    with empty_database.read() as session:
        kept = session.execute(select(Subscription.came_by, Subscription.came_place).order_by(Subscription.id)).all()
    assert [tuple(each) for each in kept] == [("asked", "form:site"), ("imported", "a.csv"), ("", "")]
