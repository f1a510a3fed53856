"""What counting a segment looks at grows with its lists, and not with one list times another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from newsletter.model import (
    Delivery,
    Edition,
    EditionLink,
    Event,
    Issue,
    IssueItem,
    Publication,
    Subscriber,
    Subscription,
    Tag,
    Tagging,
)
from newsletter.model.segment import AllOf, AtDomain, Clicked, Got, HasTag, ReadSection, SegmentRule
from newsletter.model.states import IssueState
from newsletter.store.audience import segment_counts, segments
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.database import Database
from tests.parts.looking import looking

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FEW, MANY = 150, 900
TAG = HasTag(key="press")


def fill(database: Database) -> None:
    with database.write() as session:
        home = Publication(slug="p", name="P", from_name="P", from_address="p@p.example", list_id="p", created_at=NOW)
        session.add(home)
        session.flush()
        own = {"publication_id": home.id}
        told = {"title": "One", "subject": "s", "dated": NOW.date(), "state": IssueState.SENT, "content": {}}
        session.add(Issue(id=1, **own, slug="one", source="", created_at=NOW, changed_at=NOW, **told))
        session.add(Tag(id=1, **own, key="press", name="press"))
        session.flush()
        edition = {"content": {}, "subject": "s", "html_octets": 1, "digest": "", "created_at": NOW}
        session.add(Edition(id=1, issue_id=1, **edition))
        session.flush()
        session.add(EditionLink(edition_id=1, number=1, url="https://a.example/", item_key="waves"))
        item = {"kind": "paper", "position": 1, "key": "waves", "title": "Waves", "dated": NOW.date(), "content": {}}
        session.add(IssueItem(issue_id=1, **own, section_slug="papers", **item))


def grow(database: Database, first: int, last: int) -> None:
    span = range(first, last)
    standing = {"publication_id": 1, "state": "active", "tracking": "unknown", "created_at": NOW, "changed_at": NOW}
    with database.write() as session:
        for table, rows in (
            (Subscriber, [{"id": n, "address": f"r{n}@a.example", "address_hash": n.to_bytes(32, "big"), "domain": "a.example", "name": "", "created_at": NOW} for n in span]),
            (Subscription, [{"id": n, "subscriber_id": n, **standing} for n in span]),
            (Tagging, [{"tag_id": 1, "subscription_id": n} for n in span]),
            (Delivery, [{"id": n, "issue_id": 1, "edition_id": 1, "subscriber_id": n, "state": "submitted", "changed_at": NOW} for n in span]),
            (Event, [{"at": NOW, "kind": "click", "edition_id": 1, "delivery_id": n, "link": 1, "score": 0} for n in span]),
        ):  # fmt: skip
            session.execute(insert(table), rows)


@pytest.mark.parametrize(
    "rule",
    [
        AllOf(of=(Clicked(issue_id=1), TAG)),
        AllOf(of=(ReadSection(section="papers"), TAG)),
        AllOf(of=(Got(issue_id=1), TAG)),
        AllOf(of=(AtDomain(domain="a.example"), TAG)),
        AllOf(of=(AllOf(of=(Got(issue_id=1),)), AllOf(of=(TAG,)))),
        ReadSection(section="papers"),
    ],
    ids=repr,
)
def test_lists_that_must_all_hold_are_not_tried_one_by_one_with_each_other(
    sqlite_database: Database, rule: SegmentRule
) -> None:
    database, scope = sqlite_database, RuleScope(1, NOW, UTC)
    fill(database)
    looked = []
    for first, last in ((1, FEW + 1), (FEW + 1, MANY + 1)):
        grow(database, first, last)
        with looking(database, "") as counted, database.read() as session:
            assert segment_counts.count(session, rule, scope) == last - 1
            assert len(segments.sample(session, rule, scope, limit=5, among=last - 1)) == 5
        looked.append(counted[0])
    assert looked[1] < 2 * looked[0] * MANY / FEW
