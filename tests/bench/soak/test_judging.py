"""The judge of a soak can fail: each thing that must not be is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.bench.soak.figures import Figures
from newsletter.bench.soak.judging import Count, count, wrongs
from newsletter.bench.soak.memory import Series, growth_of
from newsletter.model.states import DeliveryState

SUBMITTED, UNCERTAIN, QUEUED = DeliveryState.SUBMITTED, DeliveryState.UNCERTAIN, DeliveryState.QUEUED
READERS = 5
ALL = [(number, SUBMITTED) for number in range(READERS)]
SUMS: dict[str, int | str] = {
    "state": "sent",
    "candidates": READERS,
    "excluded": 0,
    "planned": READERS,
    "deliveries": READERS,
    "in_batches": READERS,
    "open_batches": 0,
}
WELL = Figures("host killed", 10, 5, 0.1, 100, 20, 2.0, told_after=3.0)


def judge(taken: list[int], outcomes=ALL, *, sums=SUMS, figures=(WELL,), growths=(), allowed: int = 0) -> list[str]:
    """What the judge finds wrong."""
    found = count(READERS, taken, outcomes)
    return wrongs(found, sums, figures, growths, doubts_allowed=allowed)


def with_state(state: DeliveryState, number: int = 2) -> list[tuple[int, DeliveryState]]:
    """All submitted, but one."""
    return [(n, state if n == number else each) for n, each in ALL]


def test_nothing_is_wrong_when_everyone_got_it_once() -> None:
    assert judge([4, 1, 0, 2, 3]) == []
    assert count(READERS, range(READERS), ALL) == Count(READERS, mails=READERS, states={"submitted": READERS})


def test_a_lost_one_is_found_although_the_ledger_says_that_a_server_took_it() -> None:
    [told] = judge([0, 1, 3, 4])
    assert told == "1 readers got nothing, and of 1 of them the ledger says that they did"


def test_one_who_still_waits_is_missing() -> None:
    [told] = judge([0, 1, 3, 4], with_state(QUEUED))
    assert told.startswith("1 readers got nothing, and of 0 of them")


def test_one_who_has_no_delivery_at_all_is_missing_and_the_sums_say_so_too() -> None:
    told = judge([0, 1, 3, 4], [each for each in ALL if each[0] != 2], sums=SUMS | {"deliveries": 4})
    assert [words.partition(" ")[2].split(",")[0] for words in told] == [
        "readers got nothing",
        "sums of the ledger do not agree: candidates less those excluded 5",
    ]


def test_a_doubled_one_is_found() -> None:
    assert judge([0, 1, 2, 3, 4, 3]) == ["1 readers got it more than once"]
    assert judge([0, 1, 2, 3, 4, *[3] * 300]) == ["1 readers got it more than once"]


def test_one_who_got_it_without_the_ledgers_knowledge_is_found() -> None:
    assert judge([0, 1, 2, 3, 4], with_state(QUEUED)) == ["1 readers got it, and the ledger does not know"]


@pytest.mark.parametrize("taken", [[0, 1, 3, 4], [0, 1, 2, 3, 4]])
def test_doubt_is_counted_and_no_more_of_it_is_taken_than_can_be_explained(taken: list[int]) -> None:
    found = count(READERS, taken, with_state(UNCERTAIN))
    assert (found.missing, found.uncertain, found.uncertain_taken) == (0, 1, len(taken) - 4)
    assert judge(taken, with_state(UNCERTAIN), allowed=1) == []
    assert judge(taken, with_state(UNCERTAIN)) == [
        "of 1 readers nobody knows, where 0 can be explained by what was cut"
    ]


def test_one_in_doubt_who_got_it_twice_is_doubled() -> None:
    assert judge([0, 1, 2, 2, 3, 4], with_state(UNCERTAIN), allowed=1) == ["1 readers got it more than once"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"state": "sending"}, "the issue is sending at the end, not sent"),
        ({"open_batches": 2}, "2 batches have work left"),
        ({"planned": 4}, "the sums of the ledger do not agree"),
        ({"in_batches": 6}, "the sums of the ledger do not agree"),
        ({"excluded": 1}, "the sums of the ledger do not agree"),
    ],
)
def test_sums_that_do_not_agree_are_found(changed: dict[str, int | str], told: str) -> None:
    [found] = judge([*range(READERS)], sums=SUMS | changed)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        (replace(WELL, recovered=None), "it was not as before"),
        (replace(WELL, was_under_way=False), "it shows nothing"),
        (
            replace(WELL, silent=2, said=("doctor: no",)),
            "2 of what an operator must be told was not said; said was: doctor: no",
        ),
        (replace(WELL, refused=201), "a server that refuses everybody was offered 201 mails"),
    ],
)
def test_a_fault_that_did_not_end_well_is_found(figures: Figures, told: str) -> None:
    [found] = judge([*range(READERS)], figures=(figures,))
    assert told in found


def series(octets_a_mail: float, looks: int = 100, mails: int = 1000) -> Series:
    """Looks at a process that needs so much for each mail, after a beginning that it needs once."""
    sent = [float(n * mails) for n in range(looks)]
    begun = [60_000_000 if n < looks // 10 else 140_000_000 for n in range(looks)]
    wobble = [(-1) ** n * 3_000_000 for n in range(looks)]
    return Series(sent, [int(b + w + octets_a_mail * s) for b, w, s in zip(begun, wobble, sent, strict=True)])


def test_memory_that_grows_is_found_and_what_is_needed_once_is_not() -> None:
    flat, leaking = growth_of("host1 worker 7", series(0)), growth_of("host1 worker 8", series(200))
    assert flat.is_judged
    assert not flat.grows
    assert leaking.per_100_000 == pytest.approx(20_000_000, rel=0.05)
    [told] = judge([*range(READERS)], growths=(flat, leaking))
    assert told.startswith("the memory of host1 worker 8 grows by ")
    assert told.endswith(" MB for 100,000 mails")


def test_a_process_that_sent_little_is_not_judged() -> None:
    assert not growth_of("host1 worker 7", series(2000, looks=30, mails=100)).is_judged
    assert not growth_of("host1 worker 7", series(2000, looks=12, mails=10_000)).is_judged


def test_what_nobody_should_have_sent_is_told() -> None:
    found = count(READERS, range(READERS), ALL)
    assert wrongs(found, SUMS, [], [], doubts_allowed=0, strange=["1.0 host1 + ada@example.org"]) == [
        "the receiver took what nobody should have sent: 1.0 host1 + ada@example.org"
    ]
