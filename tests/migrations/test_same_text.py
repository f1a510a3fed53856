"""Rows of earlier releases stay, in UTC and without a digest, on both databases and in both directions."""

from __future__ import annotations

from sqlalchemy import select

from newsletter.model import Issue, IssueItem, Publication
from newsletter.resources import MIGRATIONS
from newsletter.store import migrating
from newsletter.store.database import Database
from tests.parts.rows import add_row, all_rows, tables

TOUCHED = ("publications", "issues", "issue_items")


def _before() -> str:
    text = next((MIGRATIONS / "versions").glob("*_same_text.py")).read_text(encoding="utf-8")
    return text.partition('down_revision = "')[2][:4]


def test_every_row_survives_and_its_text_is_not_known(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    migrating.downgrade(empty_database, _before())
    before = tables(empty_database)
    assert "time_zone" not in before["publications"].c
    for name in TOUCHED:
        add_row(empty_database, before[name])
    kept = [len(all_rows(empty_database, before[name])) for name in TOUCHED]
    migrating.upgrade(empty_database)
    with empty_database.read() as session:
        assert set(session.scalars(select(Publication.time_zone))) == {"UTC"}
        assert set(session.scalars(select(Issue.text_digest))) == {None}
        assert set(session.scalars(select(IssueItem.digest))) == {None}
    migrating.downgrade(empty_database, _before())
    after = tables(empty_database)
    assert [len(all_rows(empty_database, after[name])) for name in TOUCHED] == kept
