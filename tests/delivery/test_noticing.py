"""One-off mails are sent by the same engine, and never lost."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unknown
from newsletter.model import Notice
from newsletter.store import notices
from newsletter.transports.memory import MemoryTransport
from tests.parts.ledger import add_publication


def owed(engine: Engine, kind: str = "confirm") -> int:
    publication = add_publication(engine.database, engine.clock)
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


def test_a_notice_waits_while_the_way_out_is_down_and_goes_when_it_is_back(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def down(_: object) -> Outcome:
        raise TransportError("refused")

    transport._script = down
    notice_id = owed(engine)
    engine.notice_sender.send_notice(notice_id)
    transport._script = lambda _: Accepted(250, "", "ok")
    clock.advance(20)
    engine.tick()
    assert engine.queue.broker.queues["notices"].qsize() == 1
    engine.notice_sender.send_notice(notice_id)
    assert state_of(engine) == "submitted"


def test_a_notice_a_dead_worker_held_is_sent_again(engine: Engine, clock: SettableClock) -> None:
    notice_id = owed(engine)
    with engine.database.write() as session:
        assert notices.claim(session, notice_id, clock.now())
    clock.advance(1000)
    engine.tick()
    engine.notice_sender.send_notice(notice_id)
    assert state_of(engine) == "submitted"
