"""Events are written in batches, none is lost, and only of readers who agreed is it kept who they were."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from newsletter.clock import SettableClock
from newsletter.errors import StoreError
from newsletter.feedback.event_buffer import EventBuffer
from newsletter.feedback.event_journal import EventJournal, SeenEvent
from newsletter.model import Event, Subscription
from newsletter.model.feedback import MACHINE, EventKind
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.store.feedback import events
from tests.feedback.mailing import Mailing


def written(database: Database) -> list[tuple[str, int | None, int, bool]]:
    """(kind, delivery, link, machine) of each event."""
    with database.read() as session:
        rows = session.scalars(select(Event).order_by(Event.id))
        return [(e.kind.value, e.delivery_id, e.link, e.score >= MACHINE) for e in rows]


def agree(mailing: Mailing, consent: Consent = Consent.GRANTED) -> None:
    with mailing.database.write() as session:
        session.execute(update(Subscription).values(tracking=consent))


@pytest.fixture
def buffer(database: Database, clock: SettableClock, tmp_path: Path) -> EventBuffer:
    return EventBuffer(database, clock, tmp_path / "events")


def click(mailing: Mailing, link: int = 1, reader: int = 0) -> SeenEvent:
    return SeenEvent(mailing.clock.now(), EventKind.CLICK, 1, mailing.deliveries[reader], link)


def an_open(mailing: Mailing) -> SeenEvent:
    return SeenEvent(mailing.clock.now(), EventKind.OPEN, 0, mailing.deliveries[0], 0)


def test_of_a_reader_who_agreed_it_is_kept_what_they_did(mailing: Mailing, buffer: EventBuffer) -> None:
    agree(mailing)
    mailing.clock.advance(60)
    buffer.add(an_open(mailing))
    buffer.add(click(mailing, 3))
    buffer.close()
    first = mailing.deliveries[0]
    assert written(mailing.database) == [("open", first, 0, False), ("click", first, 3, False)]


@pytest.mark.parametrize("consent", [Consent.UNKNOWN, Consent.DENIED])
def test_of_a_reader_who_did_not_agree_a_click_counts_without_them(
    mailing: Mailing, buffer: EventBuffer, consent: Consent
) -> None:
    agree(mailing, consent)
    buffer.add(an_open(mailing))
    buffer.add(click(mailing, 3))
    buffer.close()
    assert [row[:3] for row in written(mailing.database)] == [("click", None, 3)]


def test_a_click_right_after_acceptance_is_a_machines(mailing: Mailing, buffer: EventBuffer) -> None:
    agree(mailing)
    mailing.clock.advance(2)
    buffer.add(click(mailing))
    buffer.close()
    assert [row[3] for row in written(mailing.database)] == [True]


def test_a_burst_over_many_links_makes_its_earlier_clicks_a_machines_too(mailing: Mailing, buffer: EventBuffer) -> None:
    agree(mailing)
    mailing.clock.advance(60)
    for link in (1, 2):
        buffer.add(click(mailing, link))
    buffer.add(click(mailing, 1, reader=1))
    buffer.flush()
    assert not any(row[3] for row in written(mailing.database))
    for link in (3, 4):
        buffer.add(click(mailing, link))
    buffer.close()
    assert [row[1:] for row in written(mailing.database)] == [
        (mailing.deliveries[0], 1, True),
        (mailing.deliveries[0], 2, True),
        (mailing.deliveries[1], 1, False),
        (mailing.deliveries[0], 3, True),
        (mailing.deliveries[0], 4, True),
    ]


def test_the_same_link_again_and_again_is_no_burst(mailing: Mailing, buffer: EventBuffer) -> None:
    agree(mailing)
    mailing.clock.advance(60)
    for _ in range(9):
        buffer.add(click(mailing))
    buffer.close()
    assert [row[3] for row in written(mailing.database)] == [False] * 9


def test_events_wait_while_the_ledger_is_gone(
    mailing: Mailing, buffer: EventBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(events, "add_many", gone)
        buffer.add(click(mailing))
        with pytest.raises(StoreError):
            buffer.flush()
    buffer.close()
    assert len(written(mailing.database)) == 1


def test_no_event_is_lost_when_many_threads_add_and_the_buffer_closes(mailing: Mailing, buffer: EventBuffer) -> None:
    def add() -> None:
        for number in range(300):
            buffer.add(SeenEvent(mailing.clock.now(), EventKind.CLICK, 1, None, number))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    buffer.close()
    assert len(written(mailing.database)) == 1200


def killed(mailing: Mailing, folder: Path, *seen: SeenEvent) -> None:
    """Note events as a process that was killed before it wrote them: its lock is gone, its file stays."""
    left = EventJournal(folder)
    for each in seen:
        left.note(each)
    left.close(written=False)


def test_what_a_killed_process_had_not_written_is_written_by_the_next_one(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path
) -> None:
    agree(mailing)
    mailing.clock.advance(60)
    killed(mailing, tmp_path / "events", an_open(mailing), click(mailing, 3), click(mailing, 3))
    assert buffer.recover() == 3
    first = mailing.deliveries[0]
    rows = [("open", first, 0, False), ("click", first, 3, False), ("click", first, 3, False)]
    assert written(mailing.database) == rows
    assert list((tmp_path / "events").iterdir()) == []


def test_what_was_written_before_the_kill_is_not_written_again(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path
) -> None:
    agree(mailing)
    mailing.clock.advance(60)
    first, second = click(mailing, 3), click(mailing, 3)
    buffer.add(first)
    buffer.add(an_open(mailing))
    buffer.close()
    killed(mailing, tmp_path / "events", first, an_open(mailing), second)
    assert EventBuffer(mailing.database, mailing.clock, tmp_path / "events").recover() == 1
    assert sorted(row[0] for row in written(mailing.database)) == ["click", "click", "open"]


def test_what_cannot_be_written_after_a_kill_stays_for_later(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreError("gone")

    killed(mailing, tmp_path / "events", click(mailing))
    with monkeypatch.context() as broken:
        broken.setattr(events, "add_many", gone)
        with pytest.raises(StoreError):
            buffer.recover()
    assert buffer.recover() == 1


def test_a_buffer_that_ends_while_the_ledger_is_gone_leaves_its_events_to_the_next(
    mailing: Mailing, buffer: EventBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(events, "add_many", gone)
        for link in (1, 2):
            buffer.add(click(mailing, link))
            with pytest.raises(StoreError):
                buffer.flush()
        with pytest.raises(StoreError):
            buffer.close()
    assert EventBuffer(mailing.database, mailing.clock, tmp_path / "events").recover() == 2
    assert len(written(mailing.database)) == 2


def test_a_folder_that_cannot_be_written_loses_no_event(mailing: Mailing, tmp_path: Path) -> None:
    (tmp_path / "events").write_text("a file", encoding="ascii")
    buffer = EventBuffer(mailing.database, mailing.clock, tmp_path / "events")
    for link in (1, 2):
        buffer.add(click(mailing, link))
    buffer.close()
    assert len(written(mailing.database)) == 2
