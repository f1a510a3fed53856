"""A suppression counts in its scope and until its end, asked one by one or as part of a larger statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.mail.address import address_hash
from newsletter.model import Subscriber, Suppression
from newsletter.store.audience import subscribers, suppressions
from newsletter.store.database import Database
from tests.store.audience.test_subscribers import NOW, person
from tests.store.audience.test_subscriptions import publication_id

__all__ = ["publication_id"]

KEY = address_hash("a@example.org")


@pytest.mark.parametrize(
    ("own", "ends", "counts_here", "counts_elsewhere"),
    [(False, None, True, True), (True, None, True, False), (False, 1, True, True), (False, 0, False, False)],
)
def test_scope_and_end_decide(
    database: Database, publication_id: int, own: bool, ends: int | None, counts_here: bool, counts_elsewhere: bool
) -> None:
    expires_at = None if ends is None else NOW + timedelta(seconds=ends)
    scope = publication_id if own else None
    with database.write() as session:
        subscribers.ensure(session, [person("a@example.org"), person("b@example.org")], NOW)
        suppressions.add(
            session,
            address="a@example.org",
            address_hash=KEY,
            publication_id=scope,
            reason="manual",
            now=NOW,
            expires_at=expires_at,
        )
        for place, expected in ((publication_id, counts_here), (publication_id + 1, counts_elsewhere)):
            assert suppressions.is_suppressed(session, KEY, place, NOW) is expected
            assert bool(suppressions.applying_to(session, KEY, place, NOW)) is expected
            assert not suppressions.is_suppressed(session, b"x" * 32, place, NOW)
            ruled_out = suppressions.in_force(place, NOW)
            mailed = select(Subscriber.address).where(Subscriber.address_hash.not_in(ruled_out))
            assert ("a@example.org" in session.scalars(mailed).all()) is not expected
            apart = ruled_out.where(Suppression.address_hash == Subscriber.address_hash).exists()
            assert session.scalars(select(Subscriber.address).where(~apart)).all() == session.scalars(mailed).all()
        assert suppressions.count(session, NOW) == int(counts_here)
