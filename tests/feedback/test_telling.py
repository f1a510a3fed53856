"""The editors are told when reports cannot be read, and of events that nobody knows."""

from __future__ import annotations

import pytest

from newsletter.feedback.handling import Handler
from newsletter.feedback.overview import unknown_events
from newsletter.feedback.telling import AGAIN, IN_A_ROW, Teller
from newsletter.model import Editor
from newsletter.queue import connect
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.feedback import unknown_events as store
from tests.feedback.mailing import Mailing, dsn
from tests.feedback.test_forgery import notices_of


@pytest.fixture
def teller(mailing: Mailing) -> Teller:
    """Writes to one editor."""
    database, clock = mailing.database, mailing.clock
    with database.write() as session:
        session.add(Editor(address="ann@news.example", name="Ann", password_hash="x", created_at=clock.now()))
    return Teller(database, clock, connect(""), Renderer(TEMPLATES), "https://news.example")


def fail(mailing: Mailing, handler: Handler, number: int) -> None:
    def read(content: bytes) -> list:
        raise RecursionError("too deep")

    broken = Handler(handler.database, handler.clock, handler.signer, read=read)
    for n in range(number):
        broken.handle(mailing.keep(dsn(f"reader{n}@readers.example", said=f"550 5.1.1 {mailing.clock.now()}")))


def test_reports_that_are_set_aside_one_after_the_other_are_told(
    mailing: Mailing, handler: Handler, teller: Teller
) -> None:
    fail(mailing, handler, IN_A_ROW - 1)
    assert teller.tell_unread() == 0
    mailing.clock.advance(1)
    fail(mailing, handler, 1)
    assert [teller.tell_unread(), teller.tell_unread()] == [1, 0]
    assert "newsletter doctor" in notices_of(mailing, "alert")[0]
    mailing.clock.advance(AGAIN.total_seconds() + 1)
    assert teller.tell_unread() == 1  # it lasts


def test_one_report_that_is_read_breaks_the_row(mailing: Mailing, handler: Handler, teller: Teller) -> None:
    fail(mailing, handler, IN_A_ROW - 1)
    handler.handle(mailing.keep(dsn("nobody@elsewhere.example")))
    mailing.clock.advance(1)
    fail(mailing, handler, IN_A_ROW - 1)
    assert teller.tell_unread() == 0


def test_an_event_that_nobody_knows_is_told_once_for_each_name(mailing: Mailing, teller: Teller) -> None:
    database, now = mailing.database, mailing.clock.now()

    def count(event: str, report: int) -> None:
        with database.write() as session:
            store.count(session, "brevo", event, report, now)

    count("telepathy", 1)
    count("telepathy", 2)
    assert [teller.tell_unknown(), teller.tell_unknown()] == [1, 0]
    count("telepathy", 3)
    assert teller.tell_unknown() == 0
    count("clairvoyance", 4)
    assert teller.tell_unknown() == 1
    first, second = notices_of(mailing, "alert")
    assert "brevo: telepathy" in first
    assert "telepathy" not in second
    assert [(each["event"], each["count"], each["report"]) for each in unknown_events(database)] == [
        ("clairvoyance", 1, 4),
        ("telepathy", 3, 3),
    ]


def test_names_without_end_fill_no_table(mailing: Mailing) -> None:
    with mailing.database.write() as session:
        for number in range(store.MOST_NAMES + 7):
            store.count(session, "brevo", f"event {number}", 1, mailing.clock.now())
    counted = {each["event"]: each["count"] for each in unknown_events(mailing.database)}
    assert len(counted) == store.MOST_NAMES + 1
    assert counted[store.OTHERS] == 7
