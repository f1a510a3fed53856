"""The doors for programs: shut without a secret, closed to forgers, and everything kept raw."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback.consequences import Effect
from newsletter.feedback.intake import MAX_OCTETS
from newsletter.feedback.periodic import forget_old_tokens
from newsletter.inbound.signatures import REPLAY_WINDOW
from newsletter.model import RawReport
from newsletter.model.feedback import RawState
from newsletter.web.app import create_app
from tests.parts.ledger import kept_reports
from tests.parts.webhook_events import EVENTS
from tests.parts.webhook_senders import (
    CERTIFICATE_URL,
    CONFIRM_URL,
    SECRETS,
    SEND,
    TOPIC,
    Post,
    certificate,
    forge,
    sns,
)
from tests.web.places import Visitor

SECRET = "open sesame, please"


def with_settings(parts: Parts, **values: SecretStr) -> Parts:
    made = Parts(parts.settings.model_copy(update=values), parts.clock)
    made.__dict__["database"] = parts.database
    return made


@pytest.fixture
def opened(parts: Parts) -> Parts:
    return with_settings(
        parts, inbound_secret=SecretStr(SECRET), webhook_secrets=SecretStr("postmark=hook:word,nobody=x")
    )


def kept(parts: Parts) -> list[tuple[str, str, bytes]]:
    return kept_reports(parts.database)


@pytest.mark.parametrize("provider", sorted(SEND))
@pytest.mark.parametrize(
    "body",
    [
        b'{"signature": {"timestamp": "1772366400", "token": "\\ud800", "signature": "\\udfff"}, "event-data": {"event": "\\ud800"}}',
        b'{"Type": "Notification", "MessageId": "\\udc00", "TopicArn": "%s", "Timestamp": "2026-03-01T12:00:00Z", "Message": "\\ud83d"}'
        % TOPIC.encode(),
        b'{"signature": {"timestamp": "\xed\xa0\x80", "token": "\xed\xa0\x80", "signature": "x"}}',
        b'[{"email": "\\ud800", "event": "\\ud800"}]',
    ],
)
def test_a_lone_half_of_a_character_from_a_stranger_is_refused_like_anything_else(
    parts: Parts, provider: str, body: bytes
) -> None:
    secrets = SecretStr(f"{provider}={SECRETS[provider]()}")
    visitor = Visitor(create_app(with_settings(parts, webhook_secrets=secrets)))
    headers = {"authorization": "Basic \xed\xa0", "svix-id": "\xff", "svix-timestamp": "1", "svix-signature": "v1,\xff"}
    answer = visitor.ask(
        "POST", f"/hooks/{provider}", content=body, headers={k: v.encode("latin-1") for k, v in headers.items()}
    )
    assert answer.status_code == 403
    assert kept(parts) == []


def test_without_secrets_there_are_no_doors(parts: Parts) -> None:
    visitor = Visitor(create_app(parts))
    for door in ("mail", "postmark", "nobody"):
        assert visitor.ask("POST", f"/hooks/{door}", content=b"x").status_code == 404


def test_a_raw_message_is_kept_with_its_envelope(opened: Parts) -> None:
    visitor = Visitor(create_app(opened))
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = visitor.ask("POST", "/hooks/mail?to=b%2Bx@y.example", content=b"Subject: x\r\n\r\n", headers=headers)
    assert answer.status_code == 202
    assert kept(opened) == [("post", "b+x@y.example", b"Subject: x\r\n\r\n")]


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {SECRET}"])
def test_a_raw_message_without_the_secret_is_refused(opened: Parts, given: str) -> None:
    visitor = Visitor(create_app(opened))
    answer = visitor.ask("POST", "/hooks/mail", content=b"x", headers={"Authorization": given})
    assert answer.status_code == 401
    assert kept(opened) == []


def test_more_than_two_mebibytes_of_mail_are_refused_and_what_an_issue_weighs_is_not(opened: Parts) -> None:
    visitor = Visitor(create_app(opened))
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert visitor.ask("POST", "/hooks/mail", content=b"x" * MAX_OCTETS, headers=headers).status_code == 202
    assert visitor.ask("POST", "/hooks/mail", content=b"x" * (MAX_OCTETS + 1), headers=headers).status_code == 413


def test_a_webhook_is_verified_kept_and_applied_once(opened: Parts) -> None:
    event = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 4711, "Email": "nobody@elsewhere.example"}
    body = json.dumps(event | {"Description": "550 5.1.1 unknown user", "BouncedAt": "2026-03-01T10:00:00Z"}).encode()
    visitor = Visitor(create_app(opened))
    assert visitor.ask("POST", "/hooks/postmark", content=body).status_code == 403
    assert kept(opened) == []
    for _ in range(2):
        assert visitor.ask("POST", "/hooks/postmark", content=body, auth=("hook", "word")).status_code == 200
    assert kept(opened) == [("webhook postmark", "", body)]
    assert opened.reports.handle(1) == {Effect.NOBODY: 1}


def test_sns_is_confirmed_after_its_signature_was_checked_and_not_before(parts: Parts) -> None:
    opened = with_settings(parts, webhook_secrets=SecretStr(f"ses={TOPIC}"))
    fetched: list[str] = []
    opened.__dict__["fetcher"] = lambda url: fetched.append(url) or certificate()
    visitor = Visitor(create_app(opened))
    sent = sns({}, at=opened.clock.now(), Type="SubscriptionConfirmation", SubscribeURL=CONFIRM_URL, Token="t" * 20)

    forged = sent.body.replace(b'"Token": "ttt', b'"Token": "xtt')
    assert visitor.ask("POST", "/hooks/ses", content=forged).status_code == 403
    assert (fetched, kept(opened)) == ([CERTIFICATE_URL], [])

    assert visitor.ask("POST", "/hooks/ses", content=sent.body).status_code == 200
    assert opened.reports.handle(1) == {}
    assert fetched == [CERTIFICATE_URL, CONFIRM_URL]
    with opened.database.read() as session:
        assert session.scalars(select(RawReport.state)).all() == [RawState.READ]


@pytest.fixture(params=sorted(SEND))
def door(request: pytest.FixtureRequest, parts: Parts) -> tuple[str, Parts, Visitor]:
    """A provider, with its secret set, and somebody who calls."""
    name: str = request.param
    opened = with_settings(parts, webhook_secrets=SecretStr(f"{name}={SECRETS[name]()}"))
    opened.__dict__["fetcher"] = lambda _: certificate()
    return name, opened, Visitor(create_app(opened))


def post(parts: Parts, provider: str, what: str = "bounced", late: float = 0.0) -> Post:
    return SEND[provider](EVENTS[provider][what], parts.clock.now() - timedelta(seconds=late))


def test_each_provider_has_a_door_of_its_own_and_no_other(door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    for other in sorted(SEND):
        answer = visitor.ask("POST", f"/hooks/{other}", content=sent.body, headers=sent.headers)
        assert answer.status_code == (200 if other == name else 404)
    assert kept(opened) == [(f"webhook {name}", "", sent.body)]


def test_nothing_of_a_forged_call_is_kept(door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    forged = forge(sent.body)
    for headers in ({}, dict.fromkeys(sent.headers, "v1,Zm9yZ2Vk"), dict.fromkeys(sent.headers, "1")):
        assert visitor.ask("POST", f"/hooks/{name}", content=forged, headers=headers).status_code == 403
    assert kept(opened) == []


def test_a_call_played_again_changes_nothing_and_a_late_one_is_refused(door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    for _ in range(3):
        assert visitor.ask("POST", f"/hooks/{name}", content=sent.body, headers=sent.headers).status_code == 200
    assert len(kept(opened)) == 1
    assert opened.reports.handle(1) == {Effect.NOBODY: 1}  # whoever the sample speaks of is no reader here
    if name in ("ses", "sendgrid", "mailgun", "resend"):  # the others sign no moment
        late = post(opened, name, "complained", late=9 * 3600)
        assert visitor.ask("POST", f"/hooks/{name}", content=late.body, headers=late.headers).status_code == 403
        assert len(kept(opened)) == 1


def test_a_token_of_mailgun_counts_for_one_event_whichever_process_it_comes_to(parts: Parts) -> None:
    secret = SecretStr(f"mailgun={SECRETS['mailgun']()}")
    first, second = (Visitor(create_app(with_settings(parts, webhook_secrets=secret))) for _ in range(2))
    sent = post(parts, "mailgun")
    other = json.loads(sent.body) | {"event-data": {"event": "complained", "recipient": "ann@readers.example"}}
    for visitor in (first, second, first):  # the same call may come again
        assert visitor.ask("POST", "/hooks/mailgun", content=sent.body, headers=sent.headers).status_code == 200
    for visitor in (first, second):
        answer = visitor.ask("POST", "/hooks/mailgun", content=json.dumps(other).encode(), headers=sent.headers)
        assert answer.status_code == 403
    assert len(kept(parts)) == 1


@pytest.mark.parametrize("late", [301, -301, 4_000, -4_000])
def test_mailguns_window_is_five_minutes_both_ways(parts: Parts, late: float) -> None:
    opened = with_settings(parts, webhook_secrets=SecretStr(f"mailgun={SECRETS['mailgun']()}"))
    visitor, sent = Visitor(create_app(opened)), post(parts, "mailgun", late=late)
    assert visitor.ask("POST", "/hooks/mailgun", content=sent.body, headers=sent.headers).status_code == 403
    assert kept(parts) == []


def test_used_tokens_are_forgotten_when_they_would_be_refused_anyway(parts: Parts, clock: SettableClock) -> None:
    opened = with_settings(parts, webhook_secrets=SecretStr(f"mailgun={SECRETS['mailgun']()}"))
    sent = post(parts, "mailgun")
    Visitor(create_app(opened)).ask("POST", "/hooks/mailgun", content=sent.body, headers=sent.headers)
    clock.advance(2 * REPLAY_WINDOW)
    assert forget_old_tokens(parts.database, clock=clock) == 0
    clock.advance(3 * REPLAY_WINDOW)
    assert forget_old_tokens(parts.database, clock=clock) == 1


@pytest.mark.parametrize("body", [b"nonsense", b"", b"[[[[", b"\xff", b"[1, 2]"])
def test_what_is_no_webhook_breaks_nothing(body: bytes, door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    answer = visitor.ask("POST", f"/hooks/{name}", content=body, headers=sent.headers)
    # One that a password lets in is kept raw and set aside when it is read; an empty one cannot be kept.
    assert answer.status_code in ((200, 422) if name in ("postmark", "brevo", "sparkpost", "mailjet") else (403, 422))
    for number, _ in enumerate(kept(opened), start=1):
        assert opened.reports.handle(number) == {}


def test_a_body_too_large_is_refused_before_it_is_looked_at(door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    answer = visitor.ask("POST", f"/hooks/{name}", content=b" " * 11_000_000 + sent.body, headers=sent.headers)
    assert answer.status_code == 413
    assert kept(opened) == []


@pytest.mark.parametrize("kind", ["text/plain; charset=UTF-8", "application/x-www-form-urlencoded", "image/png"])
def test_the_content_type_does_not_matter(kind: str, door: tuple[str, Parts, Visitor]) -> None:
    """SNS says text/plain of its JSON; what counts is the signature."""
    name, opened, visitor = door
    sent = post(opened, name)
    headers = {**sent.headers, "Content-Type": kind}
    assert visitor.ask("POST", f"/hooks/{name}", content=sent.body, headers=headers).status_code == 200


def test_only_a_post_is_a_webhook(door: tuple[str, Parts, Visitor]) -> None:
    name, opened, visitor = door
    sent = post(opened, name)
    for method in ("GET", "PUT", "DELETE"):
        answer = visitor.ask(method, f"/hooks/{name}", content=sent.body, headers=sent.headers)
        assert answer.status_code in (404, 405)
    assert kept(opened) == []
