"""Who asks again and again is counted, leaves few rows, and costs little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.errors import StoreError
from newsletter.feedback import flooding
from newsletter.feedback.event_buffer import EventBuffer
from newsletter.feedback.event_journal import EventJournal, SeenEvent
from newsletter.feedback.flooding import BEYOND, MESSAGE_BURST, NETWORK_BURST, RowLimit
from newsletter.feedback.statistics import Looks, report
from newsletter.model import EditionLink, EventCount, EventFile
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.store.feedback import events
from tests.feedback.mailing import Mailing
from tests.feedback.test_event_buffer import agree, an_open, click, written

HOME = "192.0.2.7"


@pytest.fixture
def buffer(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[EventBuffer]:
    """Events of one process."""
    made = EventBuffer(database, clock, tmp_path / "events")
    yield made
    made.close()


def counted_click(mailing: Mailing, link: int = 1, edition: int = 1) -> SeenEvent:
    return SeenEvent(mailing.clock.now(), EventKind.CLICK, edition, None, link)


def counts(database: Database) -> dict[tuple[int, str, int], int]:
    with database.read() as session:
        return {(c.edition_id, c.kind.value, c.link): c.count for c in session.scalars(select(EventCount))}


def test_four_hundred_clicks_from_one_network_are_fifty_rows_and_a_count(mailing: Mailing, buffer: EventBuffer) -> None:
    for number in range(400):
        buffer.add(counted_click(mailing, link=1 + number % 2), HOME)
    buffer.flush()
    assert len(written(mailing.database)) == NETWORK_BURST
    assert counts(mailing.database) == {(1, "click", 1): 175, (1, "click", 2): 175}
    for _ in range(7):
        buffer.add(counted_click(mailing), HOME)
    buffer.flush()
    assert counts(mailing.database)[1, "click", 1] == 182


def test_each_network_and_each_edition_counts_apart(mailing: Mailing, buffer: EventBuffer) -> None:
    for network in (HOME, "198.51.100.1", "2001:db8::/64"):
        for edition in (1, 2):
            for _ in range(NETWORK_BURST):
                buffer.add(counted_click(mailing, edition=edition), network)
    buffer.flush()
    assert len(written(mailing.database)) == 6 * NETWORK_BURST
    assert counts(mailing.database) == {}


def test_after_a_while_rows_are_kept_again(mailing: Mailing, buffer: EventBuffer) -> None:
    for _ in range(2):
        for _ in range(NETWORK_BURST + 10):
            buffer.add(counted_click(mailing), HOME)
        mailing.clock.advance(3600)
    buffer.flush()
    assert len(written(mailing.database)) == 2 * NETWORK_BURST
    assert counts(mailing.database) == {(1, "click", 1): 20}


@pytest.mark.parametrize("consent", list(Consent))
def test_one_message_leaves_few_rows_whatever_its_reader_agreed_to(
    mailing: Mailing, buffer: EventBuffer, consent: Consent
) -> None:
    agree(mailing, consent)
    mailing.clock.advance(60)
    for number in range(40):
        for seen in (click(mailing, 1), click(mailing, 2), an_open(mailing)):
            buffer.add(seen, f"192.0.2.{number}")  # from wherever it is asked
    buffer.flush()
    rows = written(mailing.database)
    whose = mailing.deliveries[0] if consent is Consent.GRANTED else None
    assert {(delivery, link) for kind, delivery, link, _ in rows if kind == "click"} == {(whose, 1), (whose, 2)}
    assert sum(kind == "click" for kind, *_ in rows) == 2 * MESSAGE_BURST
    opens = sum(kind == "open" for kind, *_ in rows)
    repeats = {(1, "click", 1): 40 - MESSAGE_BURST, (1, "click", 2): 40 - MESSAGE_BURST}
    if consent is Consent.GRANTED:
        assert opens == MESSAGE_BURST
        assert counts(mailing.database) == repeats | {(1, "open", 0): 40 - MESSAGE_BURST}
    else:
        assert opens == 0
        assert counts(mailing.database) == repeats


def test_repeats_are_shown_apart(mailing: Mailing, buffer: EventBuffer) -> None:
    with mailing.database.write() as session:
        session.add(EditionLink(edition_id=1, number=1, url="https://journal.test/1"))
    for _ in range(NETWORK_BURST + 9):
        buffer.add(counted_click(mailing), HOME)
    buffer.flush()
    found = report(mailing.database, issue_id=mailing.issue.id)
    assert found.clicks == Looks(people=NETWORK_BURST, repeats=9)
    assert [(link.people, link.machines, link.repeats) for link in found.links] == [(NETWORK_BURST, 0, 9)]
    assert found.as_dict()["clicks"]["repeats"] == 9
    assert "clicks,repeats,9\r\n" in found.as_csv()
    assert "repeated clicks on,https://journal.test/1,9\r\n" in found.as_csv()


def beyond(mailing: Mailing) -> SeenEvent:
    seen = counted_click(mailing)
    seen.signs.append(BEYOND)
    return seen


def killed(folder: Path, *seen: SeenEvent) -> None:
    left = EventJournal(folder)
    for each in seen:
        left.note(each)
    left.close(written=False)


def test_counts_of_a_killed_process_are_added_by_the_next(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path
) -> None:
    killed(tmp_path / "events", beyond(mailing), counted_click(mailing), beyond(mailing))
    assert buffer.recover() == 3
    assert (len(written(mailing.database)), counts(mailing.database)) == (1, {(1, "click", 1): 2})
    assert buffer.recover() == 0


def test_what_was_counted_before_the_kill_is_not_counted_again(
    mailing: Mailing, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit and before its file was removed; more clicks had come into the next file, and into the same."""
    folder = tmp_path / "events"
    monkeypatch.setattr(EventBuffer, "_start", lambda _: None)  # written when the test says so
    first = EventBuffer(database, mailing.clock, folder)
    for _ in range(5):
        first.add(beyond(mailing))
    with monkeypatch.context() as broken:
        broken.setattr(events, "add_counts", _gone)
        with pytest.raises(StoreError):
            first.flush()
    for _ in range(3):
        first.add(beyond(mailing))
    monkeypatch.setattr(first._journal, "forget", lambda: None)
    assert first.flush() == 8
    for _ in range(2):
        first.add(beyond(mailing))  # into the second file, behind what is counted
    first._journal.close(written=False)  # as a kill leaves it
    first._waiting.clear()
    assert counts(database) == {(1, "click", 1): 8}
    assert EventBuffer(database, mailing.clock, folder).recover() == 2
    assert counts(database) == {(1, "click", 1): 10}


def test_a_recovery_that_is_killed_counts_nothing_twice(
    mailing: Mailing, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "events"
    killed(folder, beyond(mailing), beyond(mailing))
    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", _gone)
        with pytest.raises(StoreError):
            EventBuffer(database, mailing.clock, folder).recover()
    assert EventBuffer(database, mailing.clock, folder).recover() == 0
    assert counts(database) == {(1, "click", 1): 2}


def test_what_is_known_of_files_is_forgotten_after_a_month(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path
) -> None:
    for _ in range(2):
        killed(tmp_path / "events", beyond(mailing))
        buffer.recover()
        mailing.clock.advance(timedelta(days=31).total_seconds())
    with mailing.database.read() as session:
        assert len(session.scalars(select(EventFile)).all()) == 1


def test_many_networks_cost_little_memory(clock: SettableClock) -> None:
    limit, now = RowLimit(clock), clock.now()
    tracemalloc.start()
    try:
        for number in range(3 * flooding.MOST_BUCKETS):
            limit.exceeded(SeenEvent(now, EventKind.CLICK, 1, None, 1), f"2001:db8:{number:x}::/64")
            limit.exceeded(SeenEvent(now, EventKind.CLICK, 1, number, 1), HOME)
        octets, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert octets < 16 * 1024 * 1024


def _gone(*_: object, **__: object) -> None:
    raise StoreError("gone")
