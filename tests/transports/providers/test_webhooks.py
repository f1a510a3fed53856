"""What all eight readers of webhooks must do alike; each provider's peculiarities stand in `test_webhook_dialects.py`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError, TokenError
from newsletter.mail.report import Reason, ReportKind
from newsletter.transports.providers.registry import READERS, WebhookKind, WebhookReader, readers
from tests.parts.webhook_events import EVENTS, READER, TOKEN, UNKNOWN_USER
from tests.parts.webhook_senders import CERTIFICATE_URL, NOW, SECRETS, SEND, Counted, Post, certificate, forge

SIGNED_MOMENT = ("ses", "sendgrid", "mailgun", "resend")
OUTER_WINDOW = timedelta(hours=9)


def fetch(url: str) -> bytes:
    assert url == CERTIFICATE_URL
    return certificate()


def reader_of(provider: str) -> WebhookReader:
    return READERS[provider](SECRETS[provider](), fetch, Counted())


@pytest.fixture
def reader(provider: str) -> WebhookReader:
    return reader_of(provider)


def post(provider: str, what: str, at: datetime = NOW) -> Post:
    return SEND[provider](EVENTS[provider][what], at)


def test_a_true_webhook_is_let_in(provider: str, reader: WebhookReader) -> None:
    for what in EVENTS[provider]:
        sent = post(provider, what)
        reader.verify(sent.headers, sent.body, NOW)


def test_headers_count_in_any_letter_case(provider: str, reader: WebhookReader) -> None:
    sent = post(provider, "bounced")
    reader.verify({name.upper(): value for name, value in sent.headers.items()}, sent.body, NOW)


def test_without_a_secret_everything_is_refused(provider: str) -> None:
    sent = post(provider, "bounced")
    with pytest.raises(TokenError):
        READERS[provider]("", fetch, Counted()).verify(sent.headers, sent.body, NOW)
    assert readers({provider: ""}, fetch, Counted()) == {}
    assert list(readers({provider: "x", "nobody": "y"}, fetch, Counted())) == [provider]


def test_another_secret_is_refused(provider: str) -> None:
    other = {"sendgrid": SECRETS["resend"](), "resend": "whsec_AAAA"}.get(provider, "other:secret")
    sent = post(provider, "bounced")
    with pytest.raises(TokenError):
        READERS[provider](other, fetch, Counted()).verify(sent.headers, sent.body, NOW)


def test_a_forged_or_missing_signature_is_refused(provider: str, reader: WebhookReader) -> None:
    sent = post(provider, "bounced")
    with pytest.raises(TokenError):
        reader.verify(dict.fromkeys(sent.headers, "v1,Zm9yZ2Vk"), forge(sent.body), NOW)
    with pytest.raises(TokenError):
        reader.verify({}, forge(sent.body), NOW)


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "resend"], indirect=True)
@pytest.mark.parametrize("hidden", ["reader@example.com", "b-ae"])
def test_a_changed_body_is_refused_where_the_body_is_signed(hidden: str, provider: str, reader: WebhookReader) -> None:
    sent = post(provider, "bounced")
    with pytest.raises(TokenError):
        reader.verify(sent.headers, sent.body.replace(hidden.encode(), hidden.upper().encode()), NOW)


@pytest.mark.parametrize("provider", SIGNED_MOMENT, indirect=True)
def test_an_old_webhook_played_again_is_refused_where_its_moment_is_signed(
    provider: str, reader: WebhookReader
) -> None:
    sent = post(provider, "bounced")
    for late in (OUTER_WINDOW, -OUTER_WINDOW):
        with pytest.raises(TokenError):
            reader.verify(sent.headers, sent.body, NOW + late)
    if provider in ("sendgrid", "resend", "mailgun"):
        for moment in (NOW + timedelta(seconds=301), NOW - timedelta(seconds=301)):
            with pytest.raises(TokenError):
                reader.verify(sent.headers, sent.body, moment)
        reader.verify(sent.headers, sent.body, NOW + timedelta(seconds=299))


def test_events_say_what_happened_to_which_delivery(provider: str, reader: WebhookReader) -> None:
    for what in EVENTS[provider]:
        [event] = reader.read(post(provider, what).body)
        assert (event.kind, event.token, event.recipient) == (WebhookKind(what), TOKEN, READER)
        assert event.at is not None
        assert event.at.tzinfo is UTC


def test_a_bounce_becomes_a_report_with_the_servers_own_words(provider: str, reader: WebhookReader) -> None:
    [event] = reader.read(post(provider, "bounced").body)
    report = event.report()
    assert report is not None
    assert (report.kind, report.reason, report.status) == (ReportKind.PERMANENT, Reason.USERUNKNOWN, "5.1.1")
    assert report.code == 550
    assert UNKNOWN_USER in report.diagnostic
    assert (report.sent_to, report.message_id) == ("", TOKEN)
    assert report.dialect == provider


def test_a_complaint_becomes_a_report_and_a_click_does_not(provider: str, reader: WebhookReader) -> None:
    [complaint] = reader.read(post(provider, "complained").body)
    [click] = reader.read(post(provider, "clicked").body)
    report = complaint.report()
    assert report is not None
    assert (report.kind, report.feedback_type) == (ReportKind.COMPLAINT, "abuse")
    assert click.report() is None
    assert (click.url, click.user_agent, click.ip) == ("https://example.org/", "Mozilla", "192.0.2.1")


def test_the_same_event_has_the_same_id_each_time_and_no_other_has_it(provider: str, reader: WebhookReader) -> None:
    """A replay, or a retry signed anew, is known by its id."""
    ids = [reader.read(post(provider, what).body)[0].event_id for what in EVENTS[provider]]
    again = [
        reader_of(provider).read(post(provider, what, NOW + timedelta(seconds=40)).body)[0].event_id
        for what in reversed(EVENTS[provider])
    ]
    assert ids == again[::-1]
    assert len(set(ids)) == len(ids)


def test_events_in_another_order_are_the_same_events(provider: str, reader: WebhookReader) -> None:
    posts = [post(provider, what) for what in EVENTS[provider]]
    forwards = [event for sent in posts for event in reader.read(sent.body)]
    backwards = [event for sent in reversed(posts) for event in reader.read(sent.body)]
    assert sorted(forwards, key=lambda e: e.event_id) == sorted(backwards, key=lambda e: e.event_id)


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[1, 2]", b'"text"', b"[" * 100_000, b"\xff\xfe", b"9" * 9_000_000]
)
def test_what_is_no_webhook_is_said_to_be_none(body: bytes, reader: WebhookReader) -> None:
    with pytest.raises(InputError):
        reader.read(body)
    with pytest.raises((InputError, TokenError)):
        reader.verify({}, body, NOW)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_values_in_an_event_never_break_its_reader(
    provider: str, reader: WebhookReader, data: st.DataObject
) -> None:
    event = json.loads(json.dumps(EVENTS[provider][data.draw(st.sampled_from(sorted(EVENTS[provider])))]))
    target = (
        event[0]["msys"]["message_event"] if provider == "sparkpost" and "message_event" in event[0]["msys"] else event
    )
    if isinstance(target, list):
        target = target[0]
    while isinstance(target, dict) and target:
        name = data.draw(st.sampled_from(sorted(target)))
        if isinstance(target[name], dict) and target[name] and data.draw(st.booleans()):
            target = target[name]
        else:
            target[name] = data.draw(_JSON)
            break
    body = SEND[provider](event, NOW).body
    for found in reader.read(body):
        assert found.event_id
        found.report()


@pytest.mark.parametrize("provider", ["sendgrid", "postmark", "brevo", "sparkpost", "mailjet"], indirect=True)
def test_what_is_no_event_in_a_batch_does_not_keep_the_others(provider: str, reader: WebhookReader) -> None:
    good = [event for what in ("delivered", "bounced") for event in _listed(EVENTS[provider][what])]
    told = reader.read(json.dumps([good[0], 7, None, "x", [], good[1], {}]).encode())
    assert [event.kind for event in told] == [WebhookKind.DELIVERED, WebhookKind.BOUNCED]


def _listed(event: object) -> list[object]:
    return event if isinstance(event, list) else [event]


@pytest.mark.parametrize("provider", SIGNED_MOMENT, indirect=True)
def test_a_clock_that_is_a_little_wrong_on_either_side_is_borne(provider: str, reader: WebhookReader) -> None:
    for what, wrong in zip(EVENTS[provider], (-280, 280, 0, 1), strict=True):
        sent = post(provider, what, NOW + timedelta(seconds=wrong))
        reader.verify(sent.headers, sent.body, NOW)


@pytest.mark.parametrize("provider", ["mailgun"], indirect=True)
def test_the_signature_of_one_event_does_not_carry_another(provider: str, reader: WebhookReader) -> None:
    first, other = json.loads(post(provider, "delivered").body), json.loads(post(provider, "bounced").body)
    reader.verify({}, json.dumps(first).encode(), NOW)
    with pytest.raises(TokenError):
        reader.verify({}, json.dumps({**other, "signature": first["signature"]}).encode(), NOW)
    reader.verify({}, json.dumps(first).encode(), NOW)
