"""What providers tell by webhook follows the same way as mail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from newsletter.errors import UnavailableError
from newsletter.feedback.consequences import Effect
from newsletter.feedback.handling import Handler
from newsletter.feedback.intake import Intake
from newsletter.feedback.overview import unknown_events
from newsletter.feedback.webhooks import WebhookFindings
from newsletter.mail.report import Reason
from newsletter.mail.verp import tag_of
from newsletter.model import AppliedReport, Delivery, EditionLink, Event, RawReport, Subscriber, Subscription
from newsletter.model.feedback import RawState
from newsletter.model.states import Consent, DeliveryState
from newsletter.queue import connect
from newsletter.transports.providers.registry import READERS
from newsletter.transports.providers.webhooks import WebhookEvent, WebhookKind
from tests.feedback.mailing import Mailing
from tests.parts.webhook_events import EVENTS, READER, TOKEN
from tests.parts.webhook_senders import NOW, SECRETS, SEND, Counted, certificate


class Told:
    """A reader that tells what it was given."""

    provider = "courier"

    def __init__(self, events: Sequence[WebhookEvent]) -> None:
        self.events = events

    def verify(self, *_: object) -> None:
        """Believe everything."""

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the events, whatever the body."""
        return list(self.events)


def told(mailing: Mailing, kind: WebhookKind, reader: int = 0, **facts: object) -> WebhookEvent:
    token = tag_of(mailing.name(reader).strip("<>"))
    return WebhookEvent("courier", f"event {kind} {reader}", kind, token=token, at=mailing.clock.now(), **facts)


def nothing(url: str) -> bytes:
    raise AssertionError(url)


def handle(
    mailing: Mailing, *events: WebhookEvent, body: bytes = b"{}", fetch: Callable[[str], bytes] = nothing
) -> tuple[dict[Effect, int], RawState]:
    findings = WebhookFindings({"courier": Told(events)}, fetch)
    handler = Handler(mailing.database, mailing.clock, mailing.signer, read=lambda _: [], read_webhook=findings)
    kept = Intake(mailing.database, mailing.clock, connect("")).keep(body, source="webhook courier")
    return dict(handler.handle(kept.raw_report_id)), mailing.raw_state(kept.raw_report_id)


def test_events_of_one_call_are_applied_each_to_its_delivery(mailing: Mailing) -> None:
    effects, _ = handle(
        mailing,
        told(mailing, WebhookKind.BOUNCED, 0, reason=Reason.USERUNKNOWN),
        told(mailing, WebhookKind.COMPLAINED, 1),
        told(mailing, WebhookKind.DELIVERED, 2),
        told(mailing, WebhookKind.DEFERRED, 2),
    )
    assert effects == {Effect.SUPPRESSED: 1, Effect.UNSUBSCRIBED: 1, Effect.DELIVERED: 1}
    assert [mailing.state(n) for n in range(3)] == ["bounced", "complained", "delivered"]


def test_events_in_the_wrong_order_end_the_same(mailing: Mailing) -> None:
    bounced = told(mailing, WebhookKind.BOUNCED, reason=Reason.USERUNKNOWN)
    handle(mailing, bounced, body=b"late")
    effects, _ = handle(mailing, told(mailing, WebhookKind.DELIVERED), bounced, body=b"early, and once more")
    assert effects == {Effect.DELIVERED: 1, Effect.KNOWN: 1}
    assert mailing.state() == "bounced"


@pytest.mark.parametrize("consent", [Consent.GRANTED, Consent.UNKNOWN])
def test_opens_and_clicks_are_kept_as_our_own_door_would(mailing: Mailing, consent: Consent) -> None:
    with mailing.database.write() as session:
        session.execute(update(Subscription).values(tracking=consent))
        session.add(EditionLink(edition_id=1, number=4, url="https://a.example/"))
    mailing.clock.advance(timedelta(hours=1).total_seconds())
    click = told(mailing, WebhookKind.CLICKED, url="https://a.example/", user_agent="Firefox/140.0")
    effects, _ = handle(mailing, told(mailing, WebhookKind.OPENED, user_agent="Mozilla/5.0"), click)
    with mailing.database.read() as session:
        found = [(e.kind.value, e.delivery_id, e.link, e.signs) for e in session.scalars(select(Event))]
    first = mailing.deliveries[0]
    if consent is Consent.GRANTED:
        assert found == [("open", first, 0, "proxy-fetch"), ("click", first, 4, "")]
    else:
        assert found == [("click", None, 4, "")]
    assert effects[Effect.SEEN] == len(found)


def test_an_open_or_click_told_twice_is_kept_once(mailing: Mailing) -> None:
    with mailing.database.write() as session:
        session.execute(update(Subscription).values(tracking=Consent.GRANTED))
        session.add(EditionLink(edition_id=1, number=4, url="https://a.example/"))
    click = told(mailing, WebhookKind.CLICKED, url="https://a.example/", user_agent="Firefox/140.0")
    bounced = told(mailing, WebhookKind.BOUNCED, 1, reason=Reason.USERUNKNOWN)
    mailing.put(DeliveryState.SUBMITTING, 1)
    assert handle(mailing, click, bounced) == ({Effect.SEEN: 1, Effect.WAITS: 1}, RawState.WAITING)
    assert handle(mailing, click, bounced)[0] == {Effect.KNOWN: 1, Effect.WAITS: 1}, "it was read again, and waits"
    assert handle(mailing, click, body=b"sent once more")[0] == {Effect.KNOWN: 1}
    with mailing.database.read() as session:
        assert len(session.scalars(select(Event)).all()) == 1
        [kept] = session.scalars(select(AppliedReport))
    assert (kept.effect, kept.delivery_id, kept.subscriber_id) == ("seen", None, None)


YES = WebhookEvent("courier", "x", WebhookKind.CONFIRM, url="https://courier.example/yes")


def test_a_call_to_confirm_is_answered_once(mailing: Mailing) -> None:
    asked: list[str] = []
    for _ in range(2):
        effects, state = handle(mailing, YES, fetch=lambda url: asked.append(url) or b"")
        assert (effects, state) == ({}, RawState.READ)
    assert asked == [YES.url]


def test_a_call_to_confirm_that_cannot_be_answered_is_left_to_a_person(mailing: Mailing) -> None:
    def down(url: str) -> bytes:
        raise UnavailableError("no answer within 5 s", where="courier.example")

    effects, state = handle(mailing, YES, fetch=down)
    assert (effects, state) == ({}, RawState.SET_ASIDE)
    with mailing.database.read() as session:
        [said] = session.scalars(select(RawReport.error))
    assert "no answer within 5 s" in said
    assert f"open this address once: {YES.url}" in said


def test_an_event_that_nobody_knows_is_kept_and_counted_once_for_each_call(mailing: Mailing) -> None:
    strange = WebhookEvent("courier", "x", WebhookKind.UNKNOWN, text="telepathy")
    bounced = told(mailing, WebhookKind.BOUNCED, 1, reason=Reason.USERUNKNOWN)
    mailing.put(DeliveryState.SUBMITTING, 1)
    handle(mailing, strange, strange, bounced)
    mailing.put(DeliveryState.SUBMITTED, 1)
    assert handle(mailing, strange, strange, bounced)[1] is RawState.READ  # the same call, read again
    handle(mailing, strange, body=b"another call")
    [row] = unknown_events(mailing.database)
    assert (row["provider"], row["event"], row["count"]) == ("courier", "telepathy", 3)


def test_a_delay_that_mailjet_calls_a_bounce_and_then_the_delivery_end_delivered(mailing: Mailing) -> None:
    calls = Calls("mailjet", mailing)
    delay = {
        **EVENTS["mailjet"]["bounced"],
        "hard_bounce": False,
        "error": "greylisted",
        "comment": "450 4.2.0 greylisted",
    }
    calls.tell(delay)
    assert mailing.state() == "submitted"
    calls.tell({**EVENTS["mailjet"]["delivered"], "time": 1772369999})
    assert (mailing.state(), mailing.suppressions()) == ("delivered", [])


PROVIDERS = sorted(SEND)


class Calls:
    """Webhooks of one real provider about the first reader's delivery, through its own reader."""

    def __init__(self, provider: str, mailing: Mailing) -> None:
        self.provider, self.mailing = provider, mailing
        reader = READERS[provider](SECRETS[provider](), lambda _: certificate(), Counted())
        findings = WebhookFindings({provider: reader}, nothing)
        self.handler = Handler(
            mailing.database, mailing.clock, mailing.signer, read=lambda _: [], read_webhook=findings
        )
        with mailing.database.read() as session:
            delivery = session.get_one(Delivery, mailing.deliveries[0])
            address = session.get_one(Subscriber, delivery.subscriber_id).address
        self.mine = {TOKEN: tag_of(mailing.name().strip("<>")), READER: address}

    def __call__(self, *events: str) -> dict[Effect, int]:
        return self.tell(*(EVENTS[self.provider][what] for what in events))

    def tell(self, *events: object) -> dict[Effect, int]:
        text = json.dumps(events)
        for sample, mine in self.mine.items():
            text = text.replace(sample, mine)
        effects: Counter[Effect] = Counter()
        for event in json.loads(text):
            body = SEND[self.provider](event, NOW).body
            kept = Intake(self.mailing.database, self.mailing.clock, connect("")).keep(
                body, source=f"webhook {self.provider}"
            )
            effects += self.handler.handle(kept.raw_report_id)
        return dict(effects)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("order", "state"),
    [
        (("bounced", "delivered"), "bounced"),
        (("complained", "delivered"), "complained"),
        (("clicked", "delivered"), "delivered"),
        (("complained", "clicked", "delivered", "complained"), "complained"),
    ],
)
def test_every_providers_events_end_the_same_in_any_order(
    order: tuple[str, ...], state: str, provider: str, mailing: Mailing
) -> None:
    Calls(provider, mailing)(*order)
    assert mailing.state() == state


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_event_that_comes_twice_counts_once(provider: str, mailing: Mailing) -> None:
    calls = Calls(provider, mailing)
    assert calls("bounced") == {Effect.SUPPRESSED: 1}
    again = calls("bounced")  # the same octets are not even read
    assert again == {}
    with mailing.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AppliedReport)) == 1


@pytest.mark.parametrize("provider", ["sendgrid", "brevo", "sparkpost", "mailjet", "postmark"])
def test_an_event_known_from_one_call_is_known_in_a_batch_too(provider: str, mailing: Mailing) -> None:
    calls = Calls(provider, mailing)
    calls("delivered")
    text = json.dumps([e for what in ("delivered", "complained") for e in _listed(EVENTS[provider][what])])
    for sample, mine in calls.mine.items():
        text = text.replace(sample, mine)
    kept = Intake(mailing.database, mailing.clock, connect("")).keep(text.encode(), source=f"webhook {provider}")
    assert calls.handler.handle(kept.raw_report_id) == {Effect.KNOWN: 1, Effect.UNSUBSCRIBED: 1}


def _listed(event: object) -> list[object]:
    return event if isinstance(event, list) else [event]
