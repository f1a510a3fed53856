"""Tokens: short, signed, bound to a purpose, and worth nothing once anything about them is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import TokenError
from newsletter.tokens import ADDRESS_TOKEN_CHARS, TOKEN_CHARS, Purpose, Signer

SIGNER = Signer(b"a secret for tests only")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SUBJECTS = st.integers(0, 2**56 - 1)
PURPOSES = st.sampled_from(Purpose)
CHARACTERS = st.characters(codec="utf-8")


@given(PURPOSES, SUBJECTS)
def test_a_token_of_each_kind_comes_back_as_what_it_was_made_for(purpose: Purpose, subject: int) -> None:
    plain, timed, local = kinds(purpose, subject)
    assert (len(plain), len(timed), len(local)) == (TOKEN_CHARS, 30, ADDRESS_TOKEN_CHARS) == (24, 30, 36)
    assert SIGNER.read(purpose, plain) == subject
    assert SIGNER.read_timed(purpose, timed, NOON, max_age=0) == subject
    assert SIGNER.read_address(purpose, local.upper()) == subject


@given(PURPOSES, PURPOSES, SUBJECTS)
def test_a_token_is_worth_nothing_for_another_purpose(purpose: Purpose, other: Purpose, subject: int) -> None:
    if purpose is not other:
        refused(SIGNER, other, kinds(purpose, subject))


@given(SUBJECTS, st.integers(0, 29), CHARACTERS)
def test_a_token_with_any_character_changed_is_refused(subject: int, place: int, character: str) -> None:
    tokens = kinds(Purpose.CONFIRM, subject)
    changed = [t[: place % len(t)] + character + t[place % len(t) + 1 :] for t in tokens]
    forged = [new if new.lower() != old.lower() else "" for new, old in zip(changed, tokens, strict=True)]
    refused(SIGNER, Purpose.CONFIRM, forged)


@given(st.text())
def test_no_text_is_taken_for_a_token(text: str) -> None:
    refused(SIGNER, Purpose.UNSUBSCRIBE, (text, text, text))


@pytest.mark.parametrize("extra", ["=", "==", " ", "\n", "A", "AAAA"])
def test_a_token_has_one_spelling(extra: str) -> None:
    refused(SIGNER, Purpose.CLICK, [token + extra for token in kinds(Purpose.CLICK, 7)])


def test_the_spare_bits_of_a_timed_token_cannot_be_changed() -> None:
    timed = SIGNER.issue_timed(Purpose.CONFIRM, 7, NOON)  # 22 octets leave four bits of the last character unused
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in set(letters) - {timed[-1]}:
        with pytest.raises(TokenError):
            SIGNER.read_timed(Purpose.CONFIRM, timed[:-1] + letter, NOON, max_age=60)


def test_a_timed_token_is_read_between_its_least_and_its_greatest_age() -> None:
    token = SIGNER.issue_timed(Purpose.FORM, 3, NOON)

    def read(seconds: int) -> int:
        return SIGNER.read_timed(Purpose.FORM, token, NOON + timedelta(seconds=seconds), max_age=60, min_age=2)

    assert [read(2), read(60)] == [3, 3]
    for seconds, words in ((1, "too fast"), (61, "expired"), (-5, "too fast")):
        with pytest.raises(TokenError, match=words) as caught:
            read(seconds)
        assert caught.value.remedy


def test_another_secret_reads_nothing_and_a_previous_one_still_reads() -> None:
    tokens = kinds(Purpose.UNSUBSCRIBE, 9)
    refused(Signer(b"another secret entirely"), Purpose.UNSUBSCRIBE, tokens)
    rotated = Signer(b"another secret entirely", key_id=2, previous={1: b"a secret for tests only"})
    assert rotated.read(Purpose.UNSUBSCRIBE, tokens[0]) == 9
    assert rotated.read_timed(Purpose.UNSUBSCRIBE, tokens[1], NOON, max_age=0) == 9
    assert rotated.read_address(Purpose.UNSUBSCRIBE, tokens[2]) == 9
    assert rotated.issue(Purpose.UNSUBSCRIBE, 9) != tokens[0]


def test_a_token_names_the_key_it_was_made_with_and_is_checked_with_no_other() -> None:
    first, second = b"a secret for tests only", b"another secret entirely"
    both = Signer(second, key_id=2, previous={1: first})
    assert [SIGNER.issue_address(Purpose.CLICK, 5)[:2], both.issue_address(Purpose.CLICK, 5)[:2]] == ["01", "02"]
    assert Signer(second, key_id=2).read(Purpose.CLICK, both.issue(Purpose.CLICK, 5)) == 5, "the old key was let go"
    refused(Signer(second, key_id=2), Purpose.UNSUBSCRIBE, kinds(Purpose.UNSUBSCRIBE, 9))
    refused(Signer(second, key_id=3, previous={2: first}), Purpose.UNSUBSCRIBE, kinds(Purpose.UNSUBSCRIBE, 9))
    forged = "02" + SIGNER.issue_address(Purpose.CLICK, 5)[2:]
    with pytest.raises(TokenError):
        both.read_address(Purpose.CLICK, forged)


@pytest.mark.parametrize(
    ("key_id", "previous", "words"),
    [
        (1, {1: b"a secret for tests only"}, "both"),
        (0, {}, "from 1 to 255"),
        (256, {}, "from 1 to 255"),
        (2, {256: b"a secret for tests only"}, "from 1 to 255"),
        (2, {1: b"too short"}, "16 octets"),
    ],
)
def test_keys_that_cannot_be_told_apart_are_refused(key_id: int, previous: dict[int, bytes], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Signer(b"another secret entirely", key_id=key_id, previous=previous)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        Signer(b"too short")


def kinds(purpose: Purpose, subject: int) -> tuple[str, str, str]:
    """Return the plain, the timed and the address token."""
    return (
        SIGNER.issue(purpose, subject),
        SIGNER.issue_timed(purpose, subject, NOON),
        SIGNER.issue_address(purpose, subject),
    )


def refused(signer: Signer, purpose: Purpose, tokens: tuple[str, ...] | list[str]) -> None:
    plain, timed, local = tokens
    with pytest.raises(TokenError):
        signer.read(purpose, plain)
    with pytest.raises(TokenError):
        signer.read_timed(purpose, timed, NOON, max_age=10**9)
    with pytest.raises(TokenError):
        signer.read_address(purpose, local)
