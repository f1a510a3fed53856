"""What goes into one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from newsletter.delivery.composing import EditionComposer
from newsletter.mail.envelope import Envelope, Merge, SharedMessage
from newsletter.transports.providers.batching import CallBatches, Cap
from newsletter.transports.providers.letter import BatchLetters
from tests.transports.providers.conftest import envelope


def numbers(batches: CallBatches) -> list[list[int]]:
    return [[item.delivery_id for item in batch.items] for batch in batches]


def stream(letter: EditionComposer, many: int, pulled: list[int]) -> Iterator[Envelope]:
    for number in range(1, many + 1):
        pulled.append(number)
        yield envelope(letter, number)


def test_envelopes_are_pulled_only_when_a_batch_needs_them(letter: EditionComposer) -> None:
    pulled: list[int] = []
    batches = iter(CallBatches(stream(letter, 10, pulled), Cap(4, 10_000_000, one_letter=True)))
    assert pulled == []
    assert len(next(batches).items) == 4
    assert pulled == [1, 2, 3, 4]


def test_whole_messages_are_cut_by_octets_and_shared_ones_are_not(letter: EditionComposer) -> None:
    many = [envelope(letter, number) for number in range(1, 11)]
    each = Cap(1, 1, one_letter=False).weight(BatchLetters().item(many[0]))
    assert numbers(CallBatches(many, Cap(500, 3 * each, one_letter=False))) == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]]
    assert numbers(CallBatches(many, Cap(500, 5 * each, one_letter=True))) == [[*range(1, 11)]]


def test_a_message_larger_than_the_cap_still_goes_alone(letter: EditionComposer) -> None:
    many = [envelope(letter, number) for number in range(1, 4)]
    assert numbers(CallBatches(many, Cap(500, 10, one_letter=False))) == [[1], [2], [3]]


def test_two_letters_never_share_a_template(letter: EditionComposer) -> None:
    def with_shared(number: int, shared: SharedMessage) -> Envelope:
        made = envelope(letter, number)
        assert made.merge is not None
        merge = Merge(shared, "", made.merge.values)
        return Envelope(number, made.mail_from, made.rcpt_to, made.content, merge=merge)

    one, two = SharedMessage(letter.usual.shared.content), SharedMessage(letter.usual.shared.content)
    many = [with_shared(1, one), with_shared(2, one), with_shared(3, two), with_shared(4, one)]
    assert numbers(CallBatches(many, Cap(50, 10_000_000, one_letter=True))) == [[1, 2, 4], [3]]
    assert numbers(CallBatches(many, Cap(50, 10_000_000, one_letter=False))) == [[1, 2, 3, 4]]


def test_one_address_never_stands_twice_in_a_call(letter: EditionComposer) -> None:
    first, second = envelope(letter, 1), envelope(letter, 2)
    twin = Envelope(2, second.mail_from, first.rcpt_to.upper(), second.content, merge=second.merge)
    assert numbers(CallBatches([first, twin, envelope(letter, 3)], Cap(50, 10_000_000, one_letter=True))) == [
        [1],
        [2, 3],
    ]


def test_forms_of_an_edition_that_alternate_still_fill_their_batches(letter: EditionComposer) -> None:
    forms = [SharedMessage(letter.usual.shared.content) for _ in range(2)]

    def stream() -> Iterator[Envelope]:
        for number in range(1, 101):
            made = envelope(letter, number)
            assert made.merge is not None
            yield replace(made, merge=replace(made.merge, shared=forms[number % 2]))

    sizes = [len(batch.items) for batch in CallBatches(stream(), Cap(20, 10_000_000, one_letter=True))]
    assert sizes == [20, 20, 20, 20, 10, 10]


def test_messages_of_their_own_never_wait(letter: EditionComposer) -> None:
    many = [replace(envelope(letter, number), merge=None) for number in range(1, 8)]
    batches = CallBatches(many, Cap(50, 10_000_000, one_letter=True))
    assert [(len(batch.items), batches.ahead) for batch in batches] == [(1, [])] * 7


def test_what_was_read_ahead_is_known(letter: EditionComposer) -> None:
    batches = CallBatches([envelope(letter, number) for number in (1, 2)], Cap(500, 10, one_letter=False))
    next(iter(batches))
    assert [item.delivery_id for item in batches.ahead] == [2]
