"""Readers are stored once, found by hash, and erased by row."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.mail.address import address_hash
from newsletter.store.audience import subscribers
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def person(address: str, name: str = "") -> NewSubscriber:
    return NewSubscriber(address, address_hash(address), address.rpartition("@")[2], name)


def test_ensuring_readers_again_keeps_what_is_stored_and_returns_the_same_ids(database: Database) -> None:
    with database.write() as session:
        first = subscribers.ensure(session, [person("ada@example.org", "Ada")], NOW)
    with database.write() as session:
        again = subscribers.ensure(session, [person("ADA@example.org", "Eve"), person("bob@example.org")], NOW)
        assert first.items() <= again.items()
        assert len(again) == 2
        found = subscribers.find(session, address_hash("ada@example.org"))
        assert found is not None
        assert (found.address, found.name, found.created_at) == ("ada@example.org", "Ada", NOW)


def test_nobody_is_found_by_an_unknown_hash(database: Database) -> None:
    with database.write() as session:
        assert subscribers.find(session, b"\0" * 32) is None
        assert subscribers.lock(session, b"\0" * 32) is None
        assert subscribers.ensure(session, [], NOW) == {}
