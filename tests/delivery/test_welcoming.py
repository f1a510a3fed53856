"""A welcome is written when it goes: to readers alone, with what they will get and the way out."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from newsletter.audience import erasure
from newsletter.audience.confirming import Confirming
from newsletter.audience.reader import read_reader
from newsletter.audience.said import Said
from newsletter.audience.suppressing import Suppressing
from newsletter.audience.unsubscribing import Preferences
from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.notices import LEFT
from newsletter.delivery.welcoming import rhythm
from newsletter.mail.envelope import Accepted, Deferred
from newsletter.model import Issue, Notice, Publication
from newsletter.model.actor import reader
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.store.audience import consents, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.delivery import notices
from newsletter.tokens import Purpose
from newsletter.transports.memory import MemoryTransport
from tests.delivery.test_notices import notices_of
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.ledger import add_publication

READER = "reader@one.example"


def confirmed(engine: Engine, publication: Publication | None = None, address: str = READER) -> int:
    """Let a reader ask and confirm; return the subscription."""
    owner = publication or add_publication(engine.database, engine.clock)
    now, person = engine.clock.now(), read_reader(address)
    with engine.database.write() as session:
        subscriber_id = subscribers.ensure(session, [person], now)[person.address_hash]
        subscriptions.add_missing(session, owner.id, [subscriber_id], SubscriptionState.PENDING, now)
        member = subscriptions.lock_for(session, owner.id, subscriber_id)
        consents.add(session, [member.subscription.id], ConsentAction.ASKED, at=now)
    subscription_id = member.subscription.id
    token = engine.notice_sender.signer.issue_timed(Purpose.CONFIRM, subscription_id, now)
    Confirming(engine.database, engine.clock, engine.notice_sender.signer).confirm(
        token, Said(), by=reader(subscription_id)
    )
    return subscription_id


def published(
    engine: Engine, publication_id: int, slug: str, dated: date, title: str = "", *, out: bool = True
) -> None:
    """Store an issue; one that is not `out` is a draft."""
    now = engine.clock.now()
    with engine.database.write() as session:
        session.add(
            Issue(
                publication_id=publication_id,
                slug=slug,
                title=title or f"Issue {slug}",
                subject=f"Subject of {slug}",
                dated=dated,
                state=IssueState.SENT if out else IssueState.DRAFT,
                source="",
                content={},
                published_at=now if out else None,
                created_at=now,
                changed_at=now,
            )
        )


def send(engine: Engine) -> None:
    """Do what a worker does once the scheduler has rung."""
    for notice in notices_of(engine):
        engine.notice_sender.send_notice(notice.id)


def mail(transport: MemoryTransport) -> EmailMessage:
    """The one mail that went out."""
    [envelope] = transport.envelopes
    parsed = message_from_bytes(envelope.content, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def words(transport: MemoryTransport, kind: str = "plain") -> str:
    """Its text, on one line."""
    body = mail(transport).get_body((kind,))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_who_confirms_is_welcomed_with_the_latest_issue_and_how_often_it_comes(
    engine: Engine, transport: MemoryTransport
) -> None:
    publication = add_publication(engine.database, engine.clock)
    for week in range(4):
        published(engine, publication.id, f"w{week}", date(2026, 5, 1) + timedelta(weeks=week))
    published(engine, publication.id, "secret", date(2026, 6, 30), out=False)
    confirmed(engine, publication)
    send(engine)
    message = mail(transport)
    assert (message["To"], message["Subject"]) == (READER, "Welcome to The Daily")
    for kind in ("plain", "html"):
        said = words(transport, kind)
        assert "Issue w3" in said and f"{engine.settings.base_url}/daily/w3" in said
        assert "Lately it came about once a week." in said and READER in said
        assert "secret" not in said


def test_before_the_first_issue_there_is_no_link_to_one(engine: Engine, transport: MemoryTransport) -> None:
    confirmed(engine)
    send(engine)
    said = words(transport)
    assert "as soon as the first issue is out" in said
    assert "/daily" not in said


def test_a_welcome_carries_the_way_out_as_rfc_8058_asks(engine: Engine, transport: MemoryTransport) -> None:
    """Section 3.1: an https address in List-Unsubscribe, and List-Unsubscribe-Post; here also RFC 2369's mailto."""
    settings = engine.settings.model_copy(
        update={"leave_address": "leave@news.example", "base_url": "https://news.example"}
    )
    engine = rewired(engine, settings=settings)
    subscription_id = confirmed(engine)
    send(engine)
    message = mail(transport)
    token = engine.notice_sender.signer.issue(Purpose.PREFERENCES, subscription_id)
    link = f"{engine.settings.base_url}/u/{token}"
    assert message["List-Unsubscribe"] == f"<{link}>, <mailto:leave@news.example?subject={token}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "daily.news.example" in message["List-Id"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert link in words(transport) and link in words(transport, "html")
    leave(engine, subscription_id)
    assert Preferences(engine.database, engine.clock, engine.notice_sender.signer).look_up(token).active is False


def test_one_whose_title_is_the_publications_name_goes_by_its_subject(
    engine: Engine, transport: MemoryTransport
) -> None:
    publication = add_publication(engine.database, engine.clock)
    published(engine, publication.id, "w1", date(2026, 5, 1), title="the daily ")
    confirmed(engine, publication)
    send(engine)
    assert "Subject of w1" in words(transport)


def test_the_latest_issue_is_named_without_its_latex(engine: Engine, transport: MemoryTransport) -> None:
    publication = add_publication(engine.database, engine.clock)
    published(engine, publication.id, "w1", date(2026, 5, 1), title=r"Erd\H{o}s and $\{0,1\}^n$")
    confirmed(engine, publication)
    send(engine)
    assert "Erdős and {0,1}ⁿ" in words(transport)


def leave(engine: Engine, subscription_id: int) -> None:
    """Leave by the link."""
    room = Preferences(engine.database, engine.clock, engine.notice_sender.signer)
    token = engine.notice_sender.signer.issue(Purpose.PREFERENCES, subscription_id)
    room.unsubscribe(room.look_up(token).subscription_id, Said(), by=reader(subscription_id))


def rule_out(engine: Engine, subscription_id: int) -> None:
    """Be ruled out by the publisher."""
    Suppressing(engine.database, engine.clock).suppress(READER, reason="manual", by=OPERATOR)


def bounce(engine: Engine, subscription_id: int) -> None:
    """Bounce, at this publication alone."""
    Suppressing(engine.database, engine.clock).suppress(READER, publication_id=1, reason="userunknown", by=OPERATOR)


def be_forgotten(engine: Engine, subscription_id: int) -> None:
    """Be erased."""
    erasure.forget(engine.database, clock=engine.clock, address=READER, by=OPERATOR)


@pytest.mark.parametrize("then", [leave, rule_out, bounce, be_forgotten])
def test_who_left_or_was_ruled_out_before_it_went_gets_none(
    engine: Engine, transport: MemoryTransport, then: object
) -> None:
    subscription_id = confirmed(engine)
    then(engine, subscription_id)  # type: ignore[operator]
    send(engine)
    assert transport.envelopes == []
    [notice] = notices_of(engine)
    assert notice.state == "rejected" and notice.next_attempt_at <= engine.clock.now()
    if then is not be_forgotten:
        assert notice.reply == LEFT


def test_a_welcome_that_is_tried_again_looks_again_who_is_a_reader(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Deferred(451, "", "later")
    subscription_id = confirmed(engine)
    send(engine)
    leave(engine, subscription_id)
    transport._script = lambda _: Accepted(250, "", "ok")
    before = len(transport.envelopes)
    clock.advance(3600)
    send(engine)
    assert len(transport.envelopes) == before
    assert notices_of(engine)[0].reply == LEFT


def test_the_scheduler_rings_for_a_welcome_since_the_page_does_not(engine: Engine, clock: SettableClock) -> None:
    confirmed(engine)
    assert engine.queue.broker.queues["notices"].qsize() == 0  # type: ignore[attr-defined]
    clock.advance(3)
    engine.tick()
    assert engine.queue.broker.queues["notices"].qsize() == 1  # type: ignore[attr-defined]


def test_a_welcome_without_a_reader_goes_nowhere(engine: Engine, transport: MemoryTransport) -> None:
    publication, now = add_publication(engine.database, engine.clock), engine.clock.now()
    with engine.database.write() as session:
        facts = {"kind": "welcome", "publication_id": publication.id, "to_address": READER, "state": "queued"}
        notices.add(session, Notice(**facts, subject="", text="", html="", next_attempt_at=now, created_at=now))
    send(engine)
    assert transport.envelopes == []


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([], ""),
        ([7], ""),
        ([1, 1], "Lately it came nearly every day."),
        ([1, 1, 1, 1, 3, 1, 1, 1], "Lately it came nearly every day."),
        ([0, 0], "Lately it came nearly every day."),
        ([3, 4, 3, 4], "Lately it came every few days."),
        ([7, 7, 7, 21], "Lately it came about once a week."),
        ([14, 14], "Lately it came about every two weeks."),
        ([30, 31, 28], "Lately it came about once a month."),
        ([90, 92], ""),
        ([400, 1, 500], ""),
    ],
)
def test_how_often_it_comes_is_told_by_the_gaps_between_issues(gaps: list[int], expected: str) -> None:
    dates = [date(2026, 11, 1)]
    for gap in gaps:
        dates.append(dates[-1] - timedelta(days=gap))
    assert rhythm(dates) == expected
