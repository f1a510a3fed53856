"""What all eight providers must do alike, against a fake of each on a real socket."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import EditionComposer
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Envelope, Refused, Unknown, Unsent
from newsletter.mail.message import MessageTemplate, build_body
from newsletter.mail.refusals import About, verdict
from newsletter.mail.verp import notice_message_id, notice_return_path, read_message_id
from newsletter.tokens import Purpose, Signer
from newsletter.transports.providers.registry import ProviderTransport
from tests.parts.fake_provider import FakeProvider, Reply
from tests.transports.providers.conftest import CAPS, IDEMPOTENT, TEMPTING, Notebook, envelope

READERS = 2500


def envelopes(letter: EditionComposer, many: int, pulled: list[int] | None = None) -> Iterator[Envelope]:
    for number in range(1, many + 1):
        if pulled is not None:
            pulled.append(number)
        yield envelope(letter, number)


def test_2500_readers_get_their_own_mail_in_as_few_calls_as_the_cap_allows(
    provider: str,
    transport: ProviderTransport,
    fake: FakeProvider,
    letter: EditionComposer,
    witness: Notebook,
    signer: Signer,
) -> None:
    outcomes = transport.send(envelopes(letter, READERS), witness)

    assert len(outcomes) == READERS
    assert all(isinstance(outcome, Accepted) and outcome.reply for outcome in outcomes.values())
    assert len(fake.calls) == math.ceil(READERS / CAPS[provider])
    assert [mail.to for mail in fake.mail] == [f"reader{n}@example.com" for n in range(1, READERS + 1)]
    for number, mail in enumerate(fake.mail, start=1):
        click, leave = signer.issue(Purpose.CLICK, number), signer.issue(Purpose.UNSUBSCRIBE, number)
        assert mail.subject == "Braces: {{name}} in über alles Mögliche, was länger als eine einzige Zeile sein darf"
        assert TEMPTING in mail.html
        assert mail.text.splitlines()[:2] == [TEMPTING, f"Über: https://example.org/c/1/{click}"]
        assert f"https://example.org/c/2/{click}" in mail.html
        assert f"https://example.org/u/{leave}" in mail.html
        assert mail.headers["List-Unsubscribe"] == f"<https://example.org/u/{leave}>"
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        if provider != "mailjet":  # which writes that header itself and refuses ours
            assert "notes.example.org" in mail.headers["List-Id"]
        assert "%%slot" not in mail.text + mail.html + str(mail.headers)
        assert read_message_id(signer, mail.token).subject == number


def test_bad_recipients_do_not_keep_the_others_from_their_mail(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    bad = {3, 4, 90, 171}
    fake.bad = {f"reader{number}@example.com" for number in bad}

    outcomes = transport.send(envelopes(letter, 200), witness)

    assert {number for number, outcome in outcomes.items() if isinstance(outcome, Refused)} == bad
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes.values()) == 196
    assert sorted(mail.to for mail in fake.mail) == sorted(
        f"reader{n}@example.com" for n in range(1, 201) if n not in bad
    )


def test_a_short_limit_is_waited_for_and_told_to_pacing(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook, clock: SettableClock
) -> None:
    hints: list[float] = []
    transport.pace.on_limit = hints.append
    fake.faults.append(Reply(429, {"message": "slow down"}, headers={"Retry-After": "7"}))

    outcomes = transport.send(envelopes(letter, 5), witness)

    assert all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    assert hints == [7.0]
    assert clock.monotonic() == 7.0
    assert len(fake.mail) == 5


def test_a_long_limit_gives_the_batch_back_and_consumes_no_reader(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook, clock: SettableClock
) -> None:
    fake.faults.append(Reply(429, {"message": "slow down"}, headers={"Retry-After": "120"}))

    with pytest.raises(TransportError, match="120 s"):
        transport.send(envelopes(letter, 5), witness)
    with pytest.raises(TransportError):  # and it stays so without calling again
        transport.send(envelopes(letter, 5), witness)
    assert len(fake.calls) == 1

    clock.advance(120)
    assert len(transport.send(envelopes(letter, 5), witness)) == len(fake.mail) == 5


def test_a_limit_in_the_middle_keeps_what_was_taken_and_leaves_the_rest_alone(
    provider: str, transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    cap = CAPS[provider]
    fake.faults.extend([None, Reply(429, {}, headers={"Retry-After": "120"})])
    pulled: list[int] = []

    outcomes = transport.send(envelopes(letter, 3 * cap, pulled), witness)

    assert [n for n, outcome in outcomes.items() if isinstance(outcome, Accepted)] == list(range(1, cap + 1))
    assert [n for n, outcome in outcomes.items() if isinstance(outcome, Unsent)] == list(range(cap + 1, 2 * cap + 1))
    assert set(pulled) == set(outcomes)


@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_dropped_answer_is_uncertain_or_safely_replayed_and_never_sent_twice(
    fault: str,
    provider: str,
    transport: ProviderTransport,
    fake: FakeProvider,
    letter: EditionComposer,
    witness: Notebook,
) -> None:
    fake.faults.append(fault)

    outcomes = transport.send(envelopes(letter, 30), witness)

    expected = Accepted if provider in IDEMPOTENT else Unknown
    assert {type(outcome) for outcome in outcomes.values()} == {expected}
    assert len(fake.mail) == 30
    assert len(fake.calls) == (2 if provider in IDEMPOTENT else 1)
    if provider in IDEMPOTENT:
        assert fake.calls[0].body == fake.calls[1].body


@pytest.mark.parametrize("provider", IDEMPOTENT, indirect=True)
def test_what_was_uncertain_is_replayed_under_the_same_key_by_another_process(
    provider: str, transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.extend(["drop"] * 4)
    first = transport.send(envelopes(letter, 30), witness)
    assert {type(outcome) for outcome in first.values()} == {Unknown}

    again = transport.send(envelopes(letter, 30), witness)

    assert {type(outcome) for outcome in again.values()} == {Accepted}
    assert len(fake.mail) == 30


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_is_uncertain_for_those_who_cannot_replay(
    status: int,
    provider: str,
    transport: ProviderTransport,
    fake: FakeProvider,
    letter: EditionComposer,
    witness: Notebook,
) -> None:
    fake.faults.append(Reply(status, {"message": "oops"}))
    outcomes = transport.send(envelopes(letter, 3), witness)
    assert {type(o) for o in outcomes.values()} == {Accepted if provider in IDEMPOTENT else Unknown}


def test_a_refusal_after_a_dropped_answer_does_not_make_it_unsent(
    provider: str, transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.extend(["drop", Reply(401, {"message": "bad key"})])
    outcomes = transport.send(envelopes(letter, 3), witness)
    assert {type(o) for o in outcomes.values()} == {Unknown}


def test_expired_credentials_consume_no_reader(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.append(Reply(401, {"message": "Invalid API key"}))
    with pytest.raises(TransportError, match="credentials") as raised:
        transport.send(envelopes(letter, 5), witness)
    assert "NEWSLETTER_SMTP_URL" in raised.value.remedy
    assert "secret" not in str(raised.value)
    assert not [told for told in witness.told if told[0] == "heard"]


def test_credentials_that_expire_in_the_middle_keep_what_was_taken(
    provider: str, transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.extend([None, Reply(403, {"message": "Invalid API key"})])
    outcomes = transport.send(envelopes(letter, 2 * CAPS[provider]), witness)
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes.values()) == CAPS[provider]
    told = [outcome for outcome in outcomes.values() if isinstance(outcome, Refused)]
    assert len(told) == CAPS[provider]
    assert {verdict(each).about for each in told} == {About.WAY}, (
        "nobody's refusal: see tests/delivery/test_refusals.py"
    )


def test_a_provider_that_is_gone_consumes_no_reader(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.stop()
    with pytest.raises(TransportError, match="cannot be reached"):
        transport.send(envelopes(letter, 5), witness)


def test_a_provider_that_is_down_consumes_no_reader(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.append(Reply(503, {"message": "maintenance"}))
    with pytest.raises(TransportError, match="does not serve"):
        transport.send(envelopes(letter, 5), witness)


def test_a_fault_of_the_account_or_the_letter_is_not_blamed_on_readers(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    fake.faults.append(Reply(400, {"message": "the sender domain is not verified", "code": "not_verified"}))
    with pytest.raises(TransportError, match="not verified"):
        transport.send(envelopes(letter, 5), witness)


def test_the_witness_is_told_before_the_call_and_after_the_answer(
    provider: str, transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    many = CAPS[provider] + 2
    transport.send(envelopes(letter, many), witness)
    first, rest = list(range(1, many - 1)), [many - 1, many]
    assert witness.told == [(word, n) for group in (first, rest) for word in ("wrote", "heard") for n in group]


def test_a_notice_goes_out_alone_with_its_own_content(
    transport: ProviderTransport, fake: FakeProvider, signer: Signer, witness: Notebook
) -> None:
    path, name = notice_return_path(signer, 7, "example.org"), notice_message_id(signer, 7, "example.org")
    headers = [
        ("From", "Nötes <notes@example.org>"),
        ("Subject", "Please confirm {{x}}"),
        ("Auto-Submitted", "auto-generated"),
    ]
    content = MessageTemplate(headers, build_body(f"Confirm {TEMPTING}\n", f"<p>Confirm {TEMPTING}</p>")).compose(
        to=b"Ann <ann@example.com>", message_id=b"n.x@example.org", slots={}
    )
    outcomes = transport.send([Envelope(-7, path, "ann@example.com", content, message_id=name)], witness)

    assert isinstance(outcomes[-7], Accepted)
    [mail] = fake.mail
    assert (mail.to, mail.subject) == ("ann@example.com", "Please confirm {{x}}")
    assert mail.text.strip() == f"Confirm {TEMPTING}"
    assert mail.html.strip() == f"<p>Confirm {TEMPTING}</p>"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert read_message_id(signer, mail.token).notice


def test_an_address_no_provider_can_take_is_refused_alone(
    transport: ProviderTransport, fake: FakeProvider, letter: EditionComposer, witness: Notebook
) -> None:
    def odd() -> Iterator[Envelope]:
        first = envelope(letter, 1)
        yield Envelope(
            1, first.mail_from, "jürgen@example.com", first.content, merge=first.merge, message_id=first.message_id
        )
        second = envelope(letter, 2)
        yield Envelope(
            2, second.mail_from, "ann@bücher.example", second.content, merge=second.merge, message_id="b.2@x"
        )

    outcomes = transport.send(odd(), witness)

    refused = outcomes[1]
    assert isinstance(refused, Refused)
    assert refused.status == "5.6.7"
    assert isinstance(outcomes[2], Accepted)
    assert [mail.to for mail in fake.mail] == ["ann@xn--bcher-kva.example"]
