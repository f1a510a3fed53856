"""One-off mails are sent by the same engine, and never lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.delivery import known_keys
from newsletter.delivery.engine import Engine
from newsletter.errors import TransportError
from newsletter.keyring import Keyring
from newsletter.mail.address import address_hash
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown, Unsent
from newsletter.model import Notice, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents, subscribers, subscriptions, suppressions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.delivery import notices
from newsletter.tokens import Purpose
from newsletter.transports.memory import MemoryTransport
from tests.parts.engines import rewired
from tests.parts.ledger import add_publication


def owed(engine: Engine, kind: str = "confirm", slug: str = "daily") -> int:
    publication = add_publication(engine.database, engine.clock, slug)
    with engine.database.write() as session:
        now = engine.clock.now()
        notice = Notice(
            kind=kind,
            publication_id=publication.id,
            to_address="zoë@münchen.example",
            to_name="Zoë",
            subject="Bitte bestätigen",
            text="Grüße\n",
            html="<p>Grüße</p>",
            state="queued",
            next_attempt_at=now,
            created_at=now,
        )
        return notices.add(session, notice).id


def state_of(engine: Engine) -> str:
    with engine.database.read() as session:
        return session.scalars(select(Notice.state)).one()


def test_a_notice_is_a_whole_mail_to_one_address(engine: Engine, transport: MemoryTransport) -> None:
    engine.notice_sender.send_notice(owed(engine))
    [envelope] = transport.envelopes
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Subject"] == "Bitte bestätigen"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().strip() == "Grüße"
    assert envelope.mail_from.startswith("n+")
    assert envelope.smtputf8
    assert state_of(engine) == "submitted"


def test_a_notice_rung_twice_goes_out_once(engine: Engine, transport: MemoryTransport) -> None:
    notice_id = owed(engine)
    engine.notice_sender.send_notice(notice_id)
    engine.notice_sender.send_notice(notice_id)
    assert len(transport.envelopes) == 1


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Refused(550, "", "no"), "rejected"), (Deferred(451, "", "later"), "queued"), (Unknown(), "queued")],
)
def test_each_outcome_settles_the_notice(
    engine: Engine, transport: MemoryTransport, outcome: Outcome, state: str
) -> None:
    transport._script = lambda _: outcome
    engine.notice_sender.send_notice(owed(engine))
    assert state_of(engine) == state


def test_a_notice_that_breaks_connections_waits_longer_each_time_and_is_given_up(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Unsent("connection closed by the server")
    owed(engine)
    rounds(engine, clock, 3, seconds=30)
    [notice] = notices_of(engine)
    assert notice.next_attempt_at - clock.now() > timedelta(seconds=60)
    rounds(engine, clock, 60, seconds=3600)
    [notice] = notices_of(engine)
    assert notice.state == "rejected" and notice.attempts < 60


def test_a_notice_waits_while_the_way_out_is_down_and_goes_when_it_is_back(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = down
    notice_id = owed(engine)
    engine.notice_sender.send_notice(notice_id)
    transport._script = lambda _: Accepted(250, "", "ok")
    clock.advance(20)
    engine.tick()
    assert engine.queue.broker.queues["notices"].qsize() == 1
    engine.notice_sender.send_notice(notice_id)
    assert state_of(engine) == "submitted"


def down(_: object) -> Outcome:
    """The transport's script while nothing can be offered."""
    raise TransportError("refused")


class Invited:
    """A notice that asks a reader of an imported list, with the rows it is about."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.notice_id = owed(engine, "invite")
        now = engine.clock.now()
        with engine.database.write() as session:
            person = NewSubscriber("zoë@münchen.example", address_hash("zoë@münchen.example"), "münchen.example")
            subscriber = subscribers.ensure(session, [person], now)[person.address_hash]
            added = subscriptions.add_missing(session, 1, [subscriber], SubscriptionState.PENDING, now)
            self.subscription_id = added[subscriber]
            for action in (ConsentAction.IMPORTED, ConsentAction.INVITED):
                consents.add(session, [self.subscription_id], action, at=now)
            session.get_one(Notice, self.notice_id).subscription_id = self.subscription_id

    def send(self) -> str:
        self.engine.notice_sender.send_notice(self.notice_id)
        return state_of(self.engine)


def confirmed(session: Session, invited: Invited) -> None:
    session.get_one(Subscription, invited.subscription_id).state = SubscriptionState.ACTIVE


def left(session: Session, invited: Invited) -> None:
    session.get_one(Subscription, invited.subscription_id).state = SubscriptionState.UNSUBSCRIBED


def asked_by_themselves(session: Session, invited: Invited) -> None:
    consents.add(session, [invited.subscription_id], ConsentAction.ASKED, at=invited.engine.clock.now())


def ruled_out(session: Session, invited: Invited) -> None:
    address = "zoë@münchen.example"
    given = {"address": address, "address_hash": address_hash(address), "now": invited.engine.clock.now()}
    suppressions.add(session, **given, publication_id=None, reason="userunknown")


@pytest.mark.parametrize("happened", [confirmed, left, asked_by_themselves, ruled_out])
def test_an_invitation_that_something_speaks_against_by_now_stays_here(
    engine: Engine, transport: MemoryTransport, happened: Callable[[Session, Invited], None]
) -> None:
    invited = Invited(engine)
    with engine.database.write() as session:
        happened(session, invited)
    assert invited.send() == "rejected"
    assert not transport.envelopes
    [notice] = notices_of(engine)
    assert "meanwhile" in notice.reply


def test_an_invitation_offers_one_click_to_say_no(engine: Engine, transport: MemoryTransport) -> None:
    engine = rewired(engine, settings=engine.settings.model_copy(update={"base_url": "https://news.example"}))
    invited = Invited(engine)
    assert invited.send() == "submitted"
    message = message_from_bytes(transport.envelopes[0].content, policy=default)
    token = engine.notice_sender.signer.issue_timed(Purpose.CONFIRM, invited.subscription_id, engine.clock.now())
    assert message["List-Unsubscribe"] == f"<{engine.settings.base_url}/confirm/{token}/never>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_invitation_that_may_have_come_is_never_sent_again(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Unknown()
    invited = Invited(engine)
    assert invited.send() == "uncertain"
    transport._script = lambda _: Accepted(250, "", "ok")
    rounds(engine, clock, 3, seconds=3600)
    assert state_of(engine) == "uncertain"


def test_of_what_a_dead_worker_held_all_but_invitations_is_sent_again(engine: Engine, clock: SettableClock) -> None:
    Invited(engine)
    other = owed(engine, slug="weekly")
    with engine.database.write() as session:
        for notice in notices_of(engine):
            assert notices.claim(session, notice.id, clock.now()) is not None
    clock.advance(3600)
    engine.tick()
    states = {notice.id: notice.state for notice in notices_of(engine)}
    assert [states[other], *(state for key, state in states.items() if key != other)] == ["queued", "uncertain"]


@pytest.mark.parametrize(("kind", "days"), [("invite", 14), ("confirm", 2)])
def test_an_invitation_refused_because_of_us_waits_longer_than_other_notices(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, kind: str, days: int
) -> None:
    transport._script = lambda _: Refused(550, "5.4.5", "Daily user sending limit exceeded")
    Invited(engine) if kind == "invite" else owed(engine, kind)
    rounds(engine, clock, days - 1, seconds=86_400)
    assert state_of(engine) == "queued"
    rounds(engine, clock, 2, seconds=86_400)
    assert state_of(engine) == "rejected"


def notices_of(engine: Engine) -> list[Notice]:
    with engine.database.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def rounds(engine: Engine, clock: SettableClock, number: int, seconds: float = 5) -> None:
    """Let the scheduler ring and a worker do what was rung for."""
    for _ in range(number):
        clock.advance(seconds)
        engine.tick()
        due = [n.id for n in notices_of(engine) if n.state == "queued" and n.next_attempt_at <= clock.now()]
        for notice_id in due:
            engine.notice_sender.send_notice(notice_id)


def test_while_the_way_out_is_down_one_notice_tries_it_and_the_others_wait_and_none_is_lost(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    tried: list[int] = []

    def counted(envelope: Envelope) -> Outcome:
        tried.append(envelope.delivery_id)
        return down(envelope)

    transport._script = counted
    for number in range(20):
        owed(engine, slug=f"daily{number}")
    rounds(engine, clock, 12)
    assert {n.state for n in notices_of(engine)} == {"queued"}
    assert len(tried) <= 5, "in a minute: at once, and after each wait of the breaker"
    assert engine.throttle.gate.room(9) < 9, "issues wait for the same way"
    rounds(engine, clock, 60, seconds=3000)  # longer than a notice that servers put off is tried
    assert {(n.state, n.attempts) for n in notices_of(engine)} == {("queued", 0)}
    transport._script = lambda _: Accepted(250, "", "ok")
    rounds(engine, clock, 30)
    assert {(n.state, n.attempts) for n in notices_of(engine)} == {("submitted", 1)}
    assert len(transport.envelopes) == 20
    assert engine.throttle.gate.room(9) == 9, "the notice that was taken opened the way for all"


def test_an_outage_does_not_lengthen_the_waits_a_server_asks_for_later(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = down
    owed(engine)
    rounds(engine, clock, 100)
    transport._script = lambda _: Deferred(451, "4.7.1", "greylisted")
    rounds(engine, clock, 13)
    [notice] = notices_of(engine)
    assert notice.attempts == 1
    assert notice.next_attempt_at - clock.now() < timedelta(minutes=3)


@pytest.mark.parametrize("part", ["asked", "day"])
def test_the_pace_of_issues_holds_no_notice_back(engine: Engine, clock: SettableClock, part: str) -> None:
    engine.throttle.gate.shut(part, until=clock.now() + timedelta(hours=5), why="slowly")
    engine.notice_sender.send_notice(owed(engine))
    assert state_of(engine) == "submitted"


def test_a_notice_a_dead_worker_held_is_sent_again(engine: Engine, clock: SettableClock) -> None:
    notice_id = owed(engine)
    with engine.database.write() as session:
        assert notices.claim(session, notice_id, clock.now())
    clock.advance(1000)
    engine.tick()
    engine.notice_sender.send_notice(notice_id)
    assert state_of(engine) == "submitted"


def test_a_host_without_the_key_leaves_a_notice_to_others_unclaimed_until_it_has_it(
    engine: Engine, transport: MemoryTransport, tmp_path: Path
) -> None:
    elsewhere = Keyring(tmp_path / "elsewhere").make("news.example", "news1")
    known_keys.declare(engine.database, engine.clock, "news.example", elsewhere)
    notice_id = owed(engine)
    engine.notice_sender.send_notice(notice_id)
    assert (state_of(engine), transport.envelopes) == ("queued", [])
    assert "has no key in use" in engine.fitness.trouble
    with engine.database.write() as session:
        session.execute(update(Notice).values(next_attempt_at=engine.clock.now()))
        before = session.scalars(select(Notice.next_attempt_at)).one()
    engine.notice_sender.send_notice(notice_id)
    with engine.database.read() as session:
        assert session.scalars(select(Notice.next_attempt_at)).one() == before, "it did not even take it"
    place = engine.settings.dkim_folder / "news.example"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(tmp_path / "elsewhere" / "news.example", place)
    engine.clock.advance(60)
    engine.notice_sender.send_notice(notice_id)
    assert state_of(engine) == "submitted"
    assert engine.fitness.trouble == ""
    assert b"DKIM-Signature" in transport.envelopes[0].content
