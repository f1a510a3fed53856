"""Issues that were planned and never went out are hidden again; every row stays, on both databases and in both directions."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Table, insert, select, update

from newsletter.model import Delivery, Issue
from newsletter.model.states import DeliveryState, IssueState
from newsletter.resources import MIGRATIONS
from newsletter.store import migrating
from newsletter.store.database import Database
from tests.parts.ledger import add_issue, add_publication
from tests.parts.rows import add_row, all_rows, tables

REVISION = next((MIGRATIONS / "versions").glob("*_limits.py")).name[:4]
BEFORE = f"{int(REVISION) - 1:04}"
NEW = {"event_counts", "event_files", "sign_ups", "spent_forms", "test_mail_days"}
THEN = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_row_survives(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    assert set(tables(empty_database)) >= NEW
    migrating.downgrade(empty_database, BEFORE)
    before: dict[str, Table] = tables(empty_database)
    assert not NEW & set(before)
    for table in before.values():
        add_row(empty_database, table)
    kept = {name: all_rows(empty_database, table) for name, table in before.items()}
    migrating.upgrade(empty_database)
    assert {name: len(all_rows(empty_database, table)) for name, table in before.items()} == {
        name: len(rows) for name, rows in kept.items()
    }
    migrating.downgrade(empty_database, BEFORE)
    assert set(tables(empty_database)) == set(before)


def test_only_issues_that_somebody_may_have_got_stay_public(empty_database: Database, clock) -> None:
    migrating.upgrade(empty_database)
    publication = add_publication(empty_database, clock)
    cases = [
        ("cancelled-before", IssueState.CANCELLED, DeliveryState.SKIPPED, False),
        ("cancelled-after", IssueState.CANCELLED, DeliveryState.SUBMITTED, True),
        ("paused-before", IssueState.PAUSED, DeliveryState.QUEUED, False),
        ("paused-amid", IssueState.PAUSED, DeliveryState.SUBMITTING, True),
        ("sending-before", IssueState.SENDING, DeliveryState.QUEUED, False),
        ("sending-uncertain", IssueState.SENDING, DeliveryState.UNCERTAIN, True),
        ("sent-to-nobody", IssueState.SENT, DeliveryState.SKIPPED, True),
    ]
    for number, (slug, state, delivery, _) in enumerate(cases, start=1):
        issue = add_issue(empty_database, clock, publication, slug)
        facts = {"id": number, "issue_id": issue.id, "edition_id": 1, "subscriber_id": 1, "changed_at": THEN}
        with empty_database.write() as session:
            session.execute(insert(Delivery).values(**facts, state=delivery, fence=0, attempts=0))
            session.execute(update(Issue).where(Issue.id == issue.id).values(state=state, published_at=THEN))
    migrating.downgrade(empty_database, BEFORE)
    migrating.upgrade(empty_database)
    with empty_database.read() as session:
        shown = dict(iter(session.execute(select(Issue.slug, Issue.published_at.is_not(None)))))
    assert shown == {slug: public for slug, _, _, public in cases}
