"""Answers that say less than one would like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import Letter
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unknown
from newsletter.transports.providers.registry import ProviderTransport, from_url
from tests.parts.fake_dialects import DIALECTS
from tests.parts.fake_provider import FakeProvider, Reply
from tests.transports.providers.conftest import URLS, Notebook, envelope

Sending = Callable[[int], dict[int, Outcome]]


@pytest.fixture
def sending(provider: str, transport: ProviderTransport, letter: Letter) -> Sending:
    return lambda many: transport.send((envelope(letter, n) for n in range(1, many + 1)), Notebook())


def only(*providers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("provider", providers, indirect=True)


def kinds(outcomes: dict[int, Outcome]) -> list[type[Outcome]]:
    return [type(outcomes[n]) for n in sorted(outcomes)]


@pytest.mark.parametrize(
    "document", ["nonsense", [], {}, {"Messages": 5}, [1], {"results": None}, {"data": [{"id": "x"}] * 9}]
)
def test_an_acceptance_that_cannot_be_read_leaves_the_batch_uncertain_and_never_unsent(
    document: Any, provider: str, fake: FakeProvider, sending: Sending
) -> None:
    fake.faults.append(Reply(200, document))
    try:
        outcomes = sending(3)
    except TransportError:
        # Only these two are sure that nothing was taken: the one answers 202, the other with an id.
        assert provider in ("sendgrid", "mailgun")
    else:
        assert set(kinds(outcomes)) == {Unknown}
    assert len(fake.calls) == 1


@pytest.mark.parametrize("status", [301, 404, 405])
def test_a_wrong_address_is_said_to_be_one(status: int, fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(status, {"message": "not here"}, headers={"Location": "https://example.org/"}))
    with pytest.raises(TransportError, match="no such endpoint") as raised:
        sending(2)
    assert "NEWSLETTER_SMTP_URL" in raised.value.remedy
    assert len(fake.calls) == 1


def test_a_limit_that_does_not_lift_gives_the_batch_back(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.extend([Reply(429, {})] * 4)
    with pytest.raises(TransportError, match="limit"):
        sending(2)
    assert len(fake.calls) == 4


def test_the_last_free_call_of_a_window_makes_the_next_one_wait(
    provider: str, fake: FakeProvider, sending: Sending, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = fake.dialect.take

    def spent(call: Any, bad: set[str]) -> Reply:
        reply = take(call, bad)
        reply.headers = {**reply.headers, "RateLimit-Remaining": "0", "RateLimit-Reset": "2"}
        return reply

    monkeypatch.setattr(fake.dialect, "take", spent, raising=False)
    sending(1)
    assert clock.monotonic() == 0
    sending(1)
    assert clock.monotonic() == 2


@only("mailgun", "brevo")
def test_more_bad_recipients_than_can_be_sought_are_put_off_and_the_search_ends(
    fake: FakeProvider, sending: Sending
) -> None:
    fake.bad = {f"reader{n}@example.com" for n in range(1, 400, 2)}
    outcomes = sending(400)
    assert len(outcomes) == 400
    assert len(fake.calls) == 64
    assert {Refused, Deferred} <= set(kinds(outcomes))
    assert not {n for n, outcome in outcomes.items() if isinstance(outcome, Refused)} & set(range(2, 401, 2))


@only("sendgrid", "postmark", "resend", "brevo", "sparkpost", "mailjet")
def test_a_call_that_is_too_large_is_halved(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(413, {"message": "too large"}))
    assert kinds(sending(4)) == [Accepted] * 4
    assert [len(fake.calls), len(fake.mail)] == [3, 4]


@only("sparkpost")
def test_a_rejection_that_names_nobody_makes_all_of_the_batch_uncertain(fake: FakeProvider, sending: Sending) -> None:
    results = {"total_accepted_recipients": 2, "total_rejected_recipients": 1, "id": "1"}
    fake.faults.append(Reply(200, {"results": results}))
    assert kinds(sending(3)) == [Unknown] * 3


@only("sparkpost")
def test_a_batch_of_which_none_was_taken_is_refused(fake: FakeProvider, sending: Sending) -> None:
    results = {"total_accepted_recipients": 0, "total_rejected_recipients": 2, "id": "1"}
    fake.faults.append(Reply(200, {"results": results}))
    assert kinds(sending(2)) == [Refused] * 2


@only("sparkpost")
def test_420_is_a_limit_too(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(420, {"errors": [{"message": "Exceed Sending Limit (hourly)"}]}))
    assert kinds(sending(1)) == [Accepted]


@only("resend")
def test_a_first_try_that_is_still_being_worked_on_is_waited_for(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.extend(["drop", Reply(409, {"name": "concurrent_idempotent_requests"})])
    assert kinds(sending(3)) == [Accepted] * 3
    assert len(fake.mail) == 3


@only("resend")
def test_a_key_used_with_other_content_is_uncertain(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(409, {"name": "invalid_idempotent_request"}))
    assert kinds(sending(3)) == [Unknown] * 3


@only("resend")
def test_two_installations_never_share_a_key(fake: FakeProvider, sending: Sending, letter: Letter) -> None:
    from dataclasses import replace

    from newsletter.tokens import Signer

    sending(2)
    other = replace(letter, signer=Signer(b"another installation"))
    transport = from_url(URLS["resend"].format(fake.url))
    transport.send([envelope(other, n) for n in (1, 2)], Notebook())
    transport.close()
    assert fake.calls[0].headers["idempotency-key"] != fake.calls[1].headers["idempotency-key"]
    assert len(fake.mail) == 4


ACCOUNT = {
    "ses": {"BulkEmailEntryResults": [{"Status": "ACCOUNT_SENDING_PAUSED", "Error": "paused"}] * 2},
    "postmark": [{"ErrorCode": 405, "Message": "Not allowed to send: out of credits"}] * 2,
    "mailjet": {
        "Messages": [{"Status": "error", "Errors": [{"ErrorCode": "send-0008", "ErrorRelatedTo": ["From"]}]}] * 2
    },
}


@only(*ACCOUNT)
def test_an_account_that_may_not_send_blames_no_reader_even_item_by_item(
    provider: str, fake: FakeProvider, sending: Sending
) -> None:
    fake.faults.append(Reply(200, ACCOUNT[provider]))
    with pytest.raises(TransportError):
        sending(2)


@only("ses")
def test_each_entry_of_ses_has_its_own_fate(fake: FakeProvider, sending: Sending) -> None:
    statuses = ["SUCCESS", "TRANSIENT_FAILURE", "ACCOUNT_THROTTLED", "MESSAGE_REJECTED"]
    fake.faults.append(Reply(200, {"BulkEmailEntryResults": [{"Status": s, "MessageId": "m"} for s in statuses]}))
    assert kinds(sending(4)) == [Accepted, Deferred, Deferred, Refused]


@only("ses")
def test_a_quota_of_ses_that_comes_as_400_is_a_limit(
    fake: FakeProvider, sending: Sending, clock: SettableClock
) -> None:
    fake.faults.append(
        Reply(400, {"message": "quota"}, headers={"x-amzn-ErrorType": "LimitExceededException:http://x"})
    )
    assert kinds(sending(1)) == [Accepted]
    assert clock.monotonic() == 1


@only("postmark")
def test_issues_and_notices_go_by_their_own_streams(
    fake: FakeProvider, letter: Letter, transport: ProviderTransport
) -> None:
    from dataclasses import replace

    issue = envelope(letter, 1)
    transport.send([issue, replace(envelope(letter, 2), merge=None)], Notebook())
    assert [message["MessageStream"] for message in fake.calls[0].json] == ["broadcast", "outbound"]
    headers = {h["Name"]: h["Value"] for h in fake.calls[0].json[0]["Headers"]}
    assert headers["X-PM-KeepID"] == "true"
    assert f"Message-ID: {headers['Message-ID']}".encode() in issue.content


@pytest.fixture
def silent() -> Iterator[FakeProvider]:
    server = FakeProvider(DIALECTS["postmark"]())
    yield server
    server.stop()


def test_a_connection_closed_before_the_call_was_read_is_never_taken_for_a_refusal(
    silent: FakeProvider, letter: Letter
) -> None:
    """Whether the end of a large call reached the other side cannot be known here: uncertain, or surely not sent."""
    silent.faults.append("hang up")
    transport = from_url(URLS["postmark"].format(silent.url), clock=SettableClock())
    try:
        outcomes = transport.send([envelope(letter, n) for n in range(1, 400)], Notebook())
    except TransportError:
        outcomes = {}
    assert set(map(type, outcomes.values())) <= {Unknown}
    assert silent.mail == []
    transport.close()
