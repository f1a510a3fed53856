"""No thread that writes events outlives the ledger of its test."""

from __future__ import annotations

from pathlib import Path

from newsletter.clock import SettableClock
from newsletter.feedback.event_buffer import EventBuffer
from newsletter.feedback.event_journal import SeenEvent
from newsletter.model.feedback import EventKind
from newsletter.store.database import Database
from tests.parts.event_threads import end_events, left_for


def test_what_a_test_left_running_ends_with_its_ledger_and_nothing_else_does(
    sqlite_database: Database, postgres_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    left, other = (
        EventBuffer(database, clock, tmp_path / name)
        for name, database in (("left", sqlite_database), ("other", postgres_database))
    )
    for buffer in (left, other):
        buffer.add(SeenEvent(at=clock.now(), kind=EventKind.CLICK, edition_id=1, delivery_id=None, link=1))
    assert left_for(sqlite_database.url) == [left]
    end_events(sqlite_database.url)
    assert left_for(sqlite_database.url) == []
    assert left_for(postgres_database.url) == [other]
