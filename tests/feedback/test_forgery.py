"""Whoever can write to us can write a bounce or a complaint about anybody: it rules nobody out for good, on both databases."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from newsletter.audience import asking
from newsletter.audience.answering import Answering
from newsletter.audience.confirming import Confirming
from newsletter.audience.said import Said
from newsletter.feedback.applying import weight_on
from newsletter.feedback.consequences import Effect
from newsletter.feedback.handling import FORGED, Handler
from newsletter.feedback.scoring import BouncePolicy
from newsletter.model import (
    AppliedReport,
    Delivery,
    Notice,
    Publication,
    SignUp,
    Subscription,
    Suppression,
)
from newsletter.model.actor import reader
from newsletter.model.states import SubscriptionState
from newsletter.pacing import MemoryBuckets
from newsletter.queue import connect
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.audience import suppressions
from newsletter.store.feedback import reports, unproven
from newsletter.tokens import Purpose
from tests.feedback.mailing import Mailing, complaint, dsn

READER = "reader0@readers.example"
POLICY = BouncePolicy()
ACCUSATION = b"Original-Rcpt-To: <reader0@readers.example>\r\n"
LIST_ID = b"List-Id: The Daily <daily.news.example>\r\n"


def accusation(number: int = 0, *, listed: bool = False, kind: str = "abuse") -> bytes:
    """A forged complaint that names a victim, and the list if that is known."""
    content = complaint(f"<{number}@elsewhere.example>", kind=kind).replace(
        b"Version: 1\r\n", b"Version: 1\r\n" + ACCUSATION
    )
    return content.replace(b"To: undisclosed\r\n", LIST_ID if listed else b"")


def ask_and_confirm(mailing: Mailing) -> None:
    """Subscribe by the form and confirm by the link in the mail that came, as a reader does."""
    clock, signer, database = mailing.clock, mailing.signer, mailing.database
    clock.advance(60)
    before = notices_of(mailing, "confirm")
    tools = (database, clock, connect(""), signer, Renderer(TEMPLATES), MemoryBuckets(clock))
    with database.read() as session:
        publication_id = session.scalars(select(Publication.id).where(Publication.slug == "daily")).one()
    form = asking.SignUpForm(asking.form_token(signer, clock, publication_id), "yes")
    room = asking.Asking(database, clock, connect(""), MemoryBuckets(clock))
    room.ask(publication_id, form, address=READER, ip="192.0.2.1")
    with database.read() as session:
        asked = session.scalars(select(SignUp.id).order_by(SignUp.id.desc())).first()
    assert asked is not None
    Answering(*tools, "https://news.example", 500).answer(asked)
    assert len(notices_of(mailing, "confirm")) == len(before) + 1, "a mail is on its way"
    token = re.search(r"/confirm/([\w-]+)", notices_of(mailing, "confirm")[-1])
    assert token is not None
    door = Confirming(database, clock, signer)
    door.confirm(token[1], Said(), by=reader(door.look_up(token[1]).subscription_id))


def notices_of(mailing: Mailing, kind: str) -> list[str]:
    with mailing.database.read() as session:
        return list(session.scalars(select(Notice.text).where(Notice.kind == kind).order_by(Notice.id)))


def held(mailing: Mailing) -> list[tuple[bool, str, bool]]:
    """(everywhere, reason, unproven) of what is in force."""
    with mailing.database.read() as session:
        rows = suppressions.page(session, now=mailing.clock.now(), publication_id=None, after=0, limit=100)
        return [(row.publication_id is None, row.reason, row.unproven) for row in rows]


def weight(mailing: Mailing, reader: int = 0) -> float:
    with mailing.database.read() as session:
        subscriber = session.get_one(Delivery, mailing.deliveries[reader]).subscriber_id
        return weight_on(session, subscriber, POLICY, mailing.clock.now())


def test_a_complaint_that_names_an_address_alone_changes_nothing(mailing: Mailing, handler: Handler) -> None:
    assert handler.handle(mailing.keep(accusation(), sent_to="fbl@news.example")) == {Effect.NOTED: 1}
    assert (mailing.standing(), mailing.state(), held(mailing)) == (SubscriptionState.ACTIVE, "submitted", [])


def test_one_that_names_the_list_too_ends_what_the_reader_may_begin_anew(mailing: Mailing, handler: Handler) -> None:
    assert handler.handle(mailing.keep(accusation(listed=True))) == {Effect.UNSUBSCRIBED: 1}
    assert mailing.standing() is SubscriptionState.UNSUBSCRIBED
    assert held(mailing) == [(False, "complaint", True)]
    ask_and_confirm(mailing)
    assert (mailing.standing(), held(mailing)) == (SubscriptionState.ACTIVE, [])


@pytest.mark.parametrize("how", ["list", "address", "Message-ID"])
@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "x-new", "opt-out"])
def test_whatever_a_stranger_says_of_a_reader_the_reader_takes_back(
    how: str, kind: str, mailing: Mailing, handler: Handler
) -> None:
    content = accusation(listed=how == "list", kind=kind)
    if how == "Message-ID":
        content = complaint(mailing.name(), kind=kind)
    handler.handle(mailing.keep(content))
    assert not any(everywhere for everywhere, *_ in held(mailing))
    if mailing.standing() is SubscriptionState.UNSUBSCRIBED:
        ask_and_confirm(mailing)
    assert (mailing.standing(), held(mailing)) == (SubscriptionState.ACTIVE, [])


def test_six_forged_bounces_of_invented_message_ids_rule_nobody_out(mailing: Mailing, handler: Handler) -> None:
    for number in range(6):
        handler.handle(mailing.keep(dsn(READER, quoted=f"Message-ID: <{number}@elsewhere.example>")))
    assert (held(mailing), weight(mailing)) == ([], 1.0)


def test_nor_do_those_of_six_message_ids_that_somebody_has_seen(mailing: Mailing, handler: Handler) -> None:
    for number in range(6):
        content = dsn(READER, quoted=f"Message-ID: {mailing.name()}")
        assert handler.handle(mailing.keep(content)) == {Effect.COUNTED: 1}
        mailing.send_another(f"more-{number}")
    assert held(mailing) == []
    assert weight(mailing) == 1.0, "at most once a day"


def test_however_many_days_they_come_they_never_reach_the_limit(mailing: Mailing, handler: Handler) -> None:
    for number in range(40):
        for content in (
            dsn(READER, quoted=f"Message-ID: {mailing.name()}"),
            dsn(READER, quoted=f"Message-ID: <{number}@elsewhere.example>"),
            dsn(READER, quoted=f"List-Id: <daily.news.example>\nMessage-ID: <{number}@x.example>", status="5.2.1"),
        ):
            handler.handle(mailing.keep(content))
        mailing.clock.advance(86_400)
        mailing.send_another(f"more-{number}")
    assert held(mailing) == []
    assert 2 < weight(mailing) <= POLICY.unproven_at_most < POLICY.limit


def test_they_add_to_what_is_proven_and_the_reader_takes_that_back_too(mailing: Mailing, handler: Handler) -> None:
    for number in range(4):
        for sent_to in (mailing.path(), ""):
            disabled = dsn(
                READER, status="5.2.1", said="550 5.2.1 disabled for now", quoted=f"Message-ID: <{number}@x.example>"
            )
            handler.handle(mailing.keep(disabled, sent_to=sent_to))
        mailing.clock.advance(3600)
        mailing.send_another(f"more-{number}")
    proven = dsn(READER, status="5.2.1", said="550 5.2.1 disabled for now")
    handler.handle(mailing.keep(proven, sent_to=mailing.path()))
    assert held(mailing), "four that are proven and one that is not make five"
    opt_in_again(mailing)
    assert held(mailing) == []


def opt_in_again(mailing: Mailing) -> None:
    with mailing.database.write() as session:
        for subscription in session.scalars(select(Subscription)):
            subscription.state = SubscriptionState.UNSUBSCRIBED
    ask_and_confirm(mailing)


@pytest.mark.parametrize("separator", "+-=_")
def test_no_return_path_is_made_of_a_message_id(mailing: Mailing, handler: Handler, separator: str) -> None:
    token = mailing.name().strip("<>").partition("@")[0][2:]
    raw = mailing.keep(dsn(READER), sent_to=f"b{separator}{token}@anything.example")
    assert handler.handle(raw) == {Effect.FORGED: 1}
    assert (held(mailing), mailing.applied(), mailing.state()) == ([], [], "submitted")
    with handler.database.read() as session:
        assert reports.tallies(session) == {FORGED: 1}


def test_a_proven_report_takes_the_place_of_an_unproven_one_and_not_the_other_way_round(
    mailing: Mailing, handler: Handler
) -> None:
    named = dsn(READER, quoted=f"Message-ID: {mailing.name()}")
    assert handler.handle(mailing.keep(named)) == {Effect.COUNTED: 1}
    assert handler.handle(mailing.keep(dsn(READER), sent_to=mailing.path())) == {Effect.SUPPRESSED: 1}
    assert handler.handle(mailing.keep(b"X-Again: 1\r\n" + named)) == {Effect.KNOWN: 1}
    assert [row.proven for row in mailing.applied()] == [True]
    assert held(mailing) == [(True, "userunknown", False)]


def test_a_proven_complaint_makes_an_unproven_one_proven_and_a_request_is_answered_at_once(
    mailing: Mailing, handler: Handler
) -> None:
    handler.handle(mailing.keep(complaint(mailing.name())))
    handler.handle(mailing.keep(complaint(mailing.name()), sent_to=mailing.path()))
    assert held(mailing) == [(False, "complaint", False)]
    ask_and_confirm(mailing)
    assert (mailing.standing(), held(mailing)) == (SubscriptionState.ACTIVE, [])


@pytest.mark.parametrize("wrapping", ["prvs=012345abcd={}", "SRS0=Hh4=T7=news.example={}"])
def test_a_bounce_to_a_wrapped_return_path_is_proven_and_a_forged_one_is_forged(
    mailing: Mailing, handler: Handler, wrapping: str
) -> None:
    path = wrapping.format(mailing.path())
    forged = path.replace(mailing.path()[20:24], "0000")
    assert handler.handle(mailing.keep(dsn(READER), sent_to=forged)) == {Effect.FORGED: 1}
    assert handler.handle(mailing.keep(dsn(READER), sent_to=path)) == {Effect.SUPPRESSED: 1}


def test_a_stranger_who_says_that_mail_arrives_forgives_no_bounce(mailing: Mailing, handler: Handler) -> None:
    full = dsn(READER, status="5.2.1", said="550 5.2.1 disabled for now")
    handler.handle(mailing.keep(full, sent_to=mailing.path()))
    before = weight(mailing)
    fine = dsn(READER, action="delivered", status="2.0.0", said="250 ok", quoted=f"Message-ID: {mailing.name()}")
    assert handler.handle(mailing.keep(fine)) == {Effect.NOTED: 1}
    assert (weight(mailing), mailing.state()) == (before, "bounced")


def test_a_thousand_forged_reports_leave_a_row_a_day_and_publication(mailing: Mailing, handler: Handler) -> None:
    for number in range(100):
        handler.handle(mailing.keep(accusation(number)))
        handler.handle(mailing.keep(accusation(number, listed=True)))
    with mailing.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AppliedReport)) == 2
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1
        assert unproven.of_day(session, mailing.clock.now().date()) == 200


def test_an_unproven_report_about_a_confirm_mail_is_noted_when_that_is_old(mailing: Mailing, handler: Handler) -> None:
    """A notice has a Message-ID too, and it names it no longer than two weeks."""
    from newsletter.mail.verp import notice_message_id

    mailing.clock.advance(60)
    opt_in_again(mailing)
    with mailing.database.read() as session:
        notice = session.scalars(select(Notice.id)).one()
    name = f"<{notice_message_id(mailing.signer, notice, 'bounces.example')}>"
    assert handler.handle(mailing.keep(dsn(READER, quoted=f"Message-ID: {name}"))) == {Effect.COUNTED: 1}
    mailing.clock.advance(timedelta(days=15).total_seconds())
    assert handler.handle(mailing.keep(complaint(name))) == {Effect.NOTED: 1}
    assert mailing.standing() is SubscriptionState.ACTIVE


def test_the_purposes_of_the_two_names_are_two(mailing: Mailing) -> None:
    made = {mailing.signer.issue_address(purpose, 7) for purpose in Purpose}
    assert len(made) == len(Purpose)
