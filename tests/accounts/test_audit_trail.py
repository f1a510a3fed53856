"""The audit trail is read by whoever may, page by page, and forgotten after its days."""

from __future__ import annotations

import pytest

from newsletter.accounts import audit_trail
from newsletter.clock import SettableClock
from newsletter.errors import ForbiddenError
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR, able


def write_down(database: Database, clock: SettableClock, *, times: int = 1, publication_id: int | None = None) -> None:
    with database.write() as session:
        for _ in range(times):
            subject = audit.Subject("issue", 4, "2026-05-09")
            audit.add(session, OPERATOR, "issue.pause", subject, at=clock.now(), publication_id=publication_id)


def test_entries_come_newest_first_and_a_page_goes_on_where_the_last_one_ended(
    database: Database, clock: SettableClock
) -> None:
    here, there = (add_publication(database, slug).id for slug in ("tide", "ebb"))
    for home in (here, there, None, here):
        write_down(database, clock, publication_id=home)
    first = audit_trail.page(database, limit=3, by=OPERATOR)
    assert [row["publication"] for row in first] == ["tide", None, "ebb"]
    rest = audit_trail.page(database, before=first[-1]["id"], limit=3, by=OPERATOR)
    assert [row["publication"] for row in rest] == ["tide"]
    of_one = audit_trail.page(database, publication_id=here, limit=3, by=OPERATOR)
    assert [row["id"] for row in of_one] == [first[0]["id"], rest[0]["id"]]
    assert (first[0]["actor"], first[0]["name"], first[0]["place"]) == ("operator", "tests", "here")


def test_whoever_may_not_sees_nothing(database: Database) -> None:
    publication = add_publication(database)
    for somebody in (able(*(set(Right) - {Right.SEE_AUDIT})), able(*Right, publication_id=publication.id)):
        with pytest.raises(ForbiddenError):
            audit_trail.page(database, publication_id=publication.id, limit=3, by=somebody)
