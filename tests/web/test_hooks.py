"""The doors for programs: shut without a secret, closed to forgers, and everything kept raw."""

from __future__ import annotations

import json

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.feedback.applying import Effect
from newsletter.model import RawReport
from newsletter.model.feedback import RawState
from newsletter.web.app import create_app
from tests.parts.webhook_senders import CERTIFICATE_URL, CONFIRM_URL, TOPIC, certificate, sns
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
    with parts.database.read() as session:
        return [(r.source, r.sent_to, r.content) for r in session.scalars(select(RawReport).order_by(RawReport.id))]


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


def test_more_than_ten_megabytes_are_refused_and_what_an_issue_weighs_is_not(opened: Parts) -> None:
    visitor = Visitor(create_app(opened))
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert visitor.ask("POST", "/hooks/mail", content=b"x" * 5_000_000, headers=headers).status_code == 202
    assert visitor.ask("POST", "/hooks/mail", content=b"x" * 11_000_000, headers=headers).status_code == 413


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
