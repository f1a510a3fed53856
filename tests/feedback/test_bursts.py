"""Who writes many reports that nothing proves ends few subscriptions with them, and the editors are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from newsletter.feedback.consequences import BURST, Effect
from newsletter.feedback.handling import Handler
from newsletter.feedback.overview import read_again, unproven_today
from newsletter.feedback.telling import Teller
from newsletter.model import Editor, Publication, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.queue import connect
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.feedback import unproven
from tests.feedback.mailing import Mailing, complaint
from tests.feedback.test_forgery import ACCUSATION, accusation, notices_of
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers


def test_who_knows_the_readers_and_the_list_does_not_empty_it(mailing: Mailing, handler: Handler) -> None:
    with handler.database.write() as session:
        unproven.count(session, mailing.clock.now().date(), BURST - 1)
    assert handler.handle(mailing.keep(accusation(listed=True))) == {Effect.UNSUBSCRIBED: 1}
    others = accusation(listed=True).replace(b"reader0@", b"reader1@")
    raw = mailing.keep(others)
    assert handler.handle(raw) == {Effect.NOTED: 1}
    assert handler.handle(mailing.keep(complaint(mailing.name(2)))) == {Effect.UNSUBSCRIBED: 1}, "it names a delivery"
    assert [mailing.standing(n) for n in range(3)] == ["unsubscribed", "active", "unsubscribed"]
    assert handler.handle(mailing.keep(others, sent_to="")) == {}, "the same bytes are known"
    mailing.clock.advance(86_400)
    read_again(handler.database, clock=mailing.clock, queue=connect(""), raw_report_id=raw, by=OPERATOR)
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: 1}, "a person had it read again on another day"


def many_readers(mailing: Mailing, count: int) -> list[int]:
    """Write to `count` more readers; return their ids."""
    with mailing.database.read() as session:
        publication = session.scalars(select(Publication)).one()
    readers = add_readers(mailing.database, mailing.clock, publication, count, "many.example")
    mailing.send_another("second")
    return readers


def gone(mailing: Mailing, readers: list[int]) -> int:
    """How many of these subscribe no more."""
    left = (Subscription.subscriber_id.in_(readers), Subscription.state == SubscriptionState.UNSUBSCRIBED)
    with mailing.database.read() as session:
        return session.scalar(select(func.count()).select_from(Subscription).where(*left)) or 0


@pytest.mark.parametrize("kind", ["abuse", "opt-out"])
def test_one_mail_about_many_readers_ends_no_more_than_a_burst(mailing: Mailing, handler: Handler, kind: str) -> None:
    readers = many_readers(mailing, 2 * BURST)
    named = b"".join(b"Original-Rcpt-To: <reader%d@many.example>\r\n" % n for n in range(len(readers)))
    raw = mailing.keep(accusation(listed=True, kind=kind).replace(ACCUSATION, named))
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: BURST, Effect.NOTED: BURST}
    assert gone(mailing, readers) == BURST


def test_workers_side_by_side_end_no_more_than_one_would(mailing: Mailing, handler: Handler) -> None:
    readers = many_readers(mailing, 2 * BURST)
    raws = [
        mailing.keep(accusation(n, listed=True).replace(b"reader0@readers.example", b"reader%d@many.example" % n))
        for n in range(len(readers))
    ]
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(handler.handle, raws))
    assert gone(mailing, readers) == BURST


def test_a_burst_is_told_once_a_day(mailing: Mailing, handler: Handler) -> None:
    clock, database = mailing.clock, mailing.database
    with database.write() as session:
        for name in ("ann", "bea"):
            session.add(Editor(address=f"{name}@news.example", name=name, password_hash="x", created_at=clock.now()))
    teller = Teller(database, clock, connect(""), Renderer(TEMPLATES), "https://news.example")
    for number in range(BURST - 1):
        handler.handle(mailing.keep(accusation(number)))
    assert teller.tell() == 0
    handler.handle(mailing.keep(accusation(BURST)))
    assert [teller.tell(), teller.tell()] == [2, 0]
    handler.handle(mailing.keep(accusation(BURST + 1)))
    assert teller.tell() == 0
    [first, _] = notices_of(mailing, "alert")
    assert "20 reports" in first
    assert "https://news.example/desk/reports" in first
    assert unproven_today(database, clock=clock) == {"today": 21, "fortnight": 21, "burst": BURST}
    clock.advance(86_400)
    for number in range(BURST):
        handler.handle(mailing.keep(accusation(100 + number)))
    assert teller.tell() == 2
