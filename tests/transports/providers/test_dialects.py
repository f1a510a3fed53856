"""What is peculiar to each provider's calls and answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import EditionComposer, Recipient
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Refused, SharedMessage, Unknown
from newsletter.mail.message import MessageTemplate, build_body
from newsletter.mail.mime import decode_words
from newsletter.tokens import Signer
from newsletter.transports.providers.registry import ProviderTransport, from_url
from tests.parts.fake_dialects import DIALECTS, render
from tests.parts.fake_provider import FakeProvider, Reply
from tests.transports.providers.conftest import URLS, Notebook, Sending, envelope, kinds, only


@only("sparkpost")
@pytest.mark.parametrize("rejected", [1, 2, 7])
def test_a_rejection_that_names_nobody_makes_as_many_uncertain_as_were_rejected(
    fake: FakeProvider, sending: Sending, rejected: int
) -> None:
    results = {"total_accepted_recipients": 100 - rejected, "total_rejected_recipients": rejected, "id": "1"}
    fake.faults.append(Reply(200, {"results": results}))
    outcomes = Counter(kinds(sending(100)))
    assert outcomes == {Accepted: 100 - rejected, Unknown: rejected}
    assert len(fake.calls) == 1


@only("sparkpost")
def test_of_those_that_are_named_nobody_else_answers(fake: FakeProvider, sending: Sending) -> None:
    results = {"total_accepted_recipients": 97, "total_rejected_recipients": 3, "id": "1"}
    errors = [{"message": "Invalid", "description": "reader7@example.com"}, {"message": "x", "code": "5002"}]
    fake.faults.append(Reply(200, {"results": {**results, "rcpt_to_errors": errors}}))
    outcomes = sending(100)
    assert Counter(type(each) for each in outcomes.values()) == {Accepted: 97, Unknown: 2, Refused: 1}
    assert isinstance(outcomes[7], Refused)


@only("sparkpost")
def test_the_address_that_a_strict_checker_refuses_is_the_uncertain_one(
    fake: FakeProvider, transport: ProviderTransport, letter: EditionComposer
) -> None:
    results = {"total_accepted_recipients": 19, "total_rejected_recipients": 1, "id": "1"}
    fake.faults.append(Reply(200, {"results": results}))
    outcomes = transport.send(with_an_odd_one(letter, 20), Notebook())
    assert [n for n, outcome in outcomes.items() if isinstance(outcome, Unknown)] == [11]


def with_an_odd_one(letter: EditionComposer, many: int) -> list[Envelope]:
    """Envelopes for so many readers; the eleventh has an address with a rare sign."""
    odd = Recipient(11, "o'neill!ann@example.com", "", "example.com", 0, True)
    return [letter.compose(odd, b"") if n == 11 else envelope(letter, n) for n in range(1, many + 1)]


def _brevo(said: str) -> Reply:
    return Reply(400, {"code": "invalid_parameter", "message": said})


INACTIVE = "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: reader11@example.com."
OF_ONE = {
    "by name": ("brevo", _brevo("email is not valid in to: reader11@example.com"), False),
    "by place": ("brevo", _brevo("messageVersions[10].to[0].email is not valid"), False),
    "by its looks": ("brevo", _brevo("email is not valid in to"), True),
    "inactive": ("postmark", Reply(422, {"ErrorCode": 406, "Message": INACTIVE}), False),
}


@pytest.mark.parametrize("how", list(OF_ONE))
def test_an_answer_about_one_reader_costs_one_further_call(how: str, letter: EditionComposer) -> None:
    provider, reply, odd = OF_ONE[how]
    fake = FakeProvider(DIALECTS[provider]())
    way = from_url(URLS[provider].format(fake.url))
    try:
        fake.faults.append(reply)
        readers = with_an_odd_one(letter, 100) if odd else [envelope(letter, n) for n in range(1, 101)]
        outcomes = way.send(readers, Notebook())
        assert [n for n, outcome in outcomes.items() if isinstance(outcome, Refused)] == [11]
        assert Counter(type(each) for each in outcomes.values()) == {Accepted: 99, Refused: 1}
        assert len(fake.calls) == 2
    finally:
        way.close()
        fake.stop()


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
def test_two_installations_never_share_a_key(fake: FakeProvider, sending: Sending, letter: EditionComposer) -> None:
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
    fake: FakeProvider, letter: EditionComposer, transport: ProviderTransport
) -> None:
    issue = envelope(letter, 1)
    transport.send([issue, replace(envelope(letter, 2), merge=None)], Notebook())
    assert [message["MessageStream"] for message in fake.calls[0].json] == ["broadcast", "outbound"]
    headers = {h["Name"]: h["Value"] for h in fake.calls[0].json[0]["Headers"]}
    assert headers["X-PM-KeepID"] == "true"
    assert f"Message-ID: {headers['Message-ID']}".encode() in issue.content


@only("ses", "sendgrid")
def test_headers_go_encoded_where_the_api_takes_ascii_alone(
    provider: str, fake: FakeProvider, sending: Sending
) -> None:
    assert kinds(sending(2)) == [Accepted] * 2
    written = fake.mail[0].headers["List-Id"]
    assert written.isascii()
    assert decode_words(written) == "Nötes <notes.example.org>"


@only("mailgun", "postmark", "resend", "sparkpost")
def test_headers_go_in_unicode_where_the_provider_encodes_them(fake: FakeProvider, sending: Sending) -> None:
    sending(1)
    assert fake.mail[0].headers["List-Id"] == "Nötes <notes.example.org>"


@only("brevo")
def test_a_name_that_brevo_would_drop_goes_encoded(fake: FakeProvider, sending: Sending) -> None:
    sending(3)
    names = [version["to"][0].get("name", "") for version in fake.calls[0].json["messageVersions"]]
    assert [decode_words(name) for name in names] == ['Ann Ö. "Nick" Reader', "Bo, Jr.", ""]
    assert all(name.isascii() for name in names)


@only("mailjet")
def test_headers_that_mailjet_keeps_to_itself_are_left_out(fake: FakeProvider, sending: Sending) -> None:
    assert kinds(sending(2)) == [Accepted] * 2
    assert set(fake.mail[0].headers) == {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Post", "Feedback-ID"}


@only("sparkpost")
def test_a_sender_whose_name_looks_like_a_template_keeps_it(fake: FakeProvider, letter: EditionComposer) -> None:
    headers = [("From", '"The {{name}} gazette" <notes@example.org>'), ("Subject", "x")]
    template = MessageTemplate(headers, build_body("x", "<p>x</p>"))
    shared = SharedMessage(bytes(template.compose(to=b"", message_id=b"", slots={})))
    form = replace(letter.usual, template=template, shared=shared, slots=())
    transport = from_url(URLS["sparkpost"].format(fake.url))
    transport.send([envelope(replace(letter, usual=form), 1)], Notebook())
    transport.close()
    call = fake.calls[0].json
    values = call["recipients"][0]["substitution_data"]
    name = render(call["content"]["from"]["name"], values, r"\{\{(\w+)\}\}", r"\{\{|\}\}")
    assert name == "The {{name}} gazette"


NOT_THE_READER = {
    "postmark": (200, [{"ErrorCode": 300, "Message": "Invalid 'From' address: 'x'."}] * 2),
    "brevo": (400, {"code": "invalid_parameter", "message": "email is not valid in sender"}),
    "resend": (422, {"name": "validation_error", "message": "Invalid `from` field."}),
    "mailjet": (400, {"Messages": [{"Status": "error", "Errors": [{"ErrorRelatedTo": ["From"]}]}] * 2}),
}


@only(*NOT_THE_READER)
def test_a_wrong_sender_is_not_the_readers_fault(provider: str, fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(*NOT_THE_READER[provider]))
    with pytest.raises(TransportError):
        sending(2)
    assert len(fake.calls) == 1


@only("postmark")
def test_an_address_that_postmark_cannot_read_is_refused_alone(fake: FakeProvider, sending: Sending) -> None:
    bad = {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email address 'x'."}
    fake.faults.append(Reply(200, [bad, {"ErrorCode": 0, "Message": "OK", "MessageID": "1"}]))
    assert kinds(sending(2)) == [Refused, Accepted]


@only("resend")
def test_a_batch_that_resend_refuses_for_one_address_is_halved(fake: FakeProvider, sending: Sending) -> None:
    fake.faults.append(Reply(422, {"name": "validation_error", "message": "Invalid `to` field."}))
    assert kinds(sending(4)) == [Accepted] * 4
    keys = [call.headers["idempotency-key"] for call in fake.calls]
    assert len(set(keys)) == 3


@only("ses")
def test_a_ses_call_all_of_which_was_too_fast_is_made_again_after_a_second(
    fake: FakeProvider, sending: Sending, clock: SettableClock
) -> None:
    fake.faults.append(Reply(200, {"BulkEmailEntryResults": [{"Status": "ACCOUNT_THROTTLED"}] * 3}))
    assert kinds(sending(3)) == [Accepted] * 3
    assert clock.monotonic() == 1


@only("mailgun")
def test_mailgun_tells_in_words_how_long_to_wait(fake: FakeProvider, sending: Sending, clock: SettableClock) -> None:
    fake.faults.append(Reply(429, {"message": "requests-per-sec limit exceeded, try again after 4 seconds"}))
    assert kinds(sending(2)) == [Accepted] * 2
    assert clock.monotonic() == 4
