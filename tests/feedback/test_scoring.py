"""The policy of bounces."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.feedback.scoring import OF_THE_SENDER, BouncePolicy, judge, score
from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model.feedback import Blame

NOW = datetime(2026, 5, 1, tzinfo=UTC)
POLICY = BouncePolicy()


def a_bounce(reason: Reason, kind: ReportKind = ReportKind.TRANSIENT, status: str = "") -> Report:
    return Report(kind, "reader@readers.example", reason, status=status)


@given(st.sampled_from(ReportKind), st.sampled_from(Reason), st.integers(4, 5), st.integers(0, 99), st.booleans())
@settings(max_examples=200)
def test_no_report_of_policy_ever_counts_against_a_reader(
    kind: ReportKind, reason: Reason, top: int, detail: int, proven: bool
) -> None:
    verdict = judge(a_bounce(reason, kind, f"{top}.7.{detail}"), POLICY, proven=proven)
    assert verdict.blame is not Blame.READER
    assert not verdict.dead
    assert verdict.weight == 0


@pytest.mark.parametrize("reason", sorted(OF_THE_SENDER))
def test_what_speaks_of_us_is_counted_against_us(reason: Reason) -> None:
    assert judge(a_bounce(reason), POLICY, proven=True).blame is Blame.SENDER


def test_only_a_proven_report_kills_an_address() -> None:
    report = a_bounce(Reason.USERUNKNOWN, ReportKind.PERMANENT, "5.1.1")
    assert judge(report, POLICY, proven=True).dead
    assert not judge(report, POLICY, proven=False).dead


def test_a_full_mailbox_counts_slower_than_a_disabled_one() -> None:
    full = judge(a_bounce(Reason.MAILBOXFULL), POLICY, proven=True)
    assert 0 < full.weight < judge(a_bounce(Reason.SUSPEND), POLICY, proven=True).weight


def test_a_weight_halves_with_every_half_life() -> None:
    past = [(NOW - POLICY.half_life * n, 1.0) for n in range(3)]
    assert score(past, NOW, POLICY) == pytest.approx(1.75)


MOMENTS = st.floats(-30, 400).map(lambda days: NOW - timedelta(days=days))
WEIGHTS = st.lists(st.tuples(MOMENTS, st.floats(0, 1)), max_size=8)


@given(WEIGHTS, st.randoms(use_true_random=False))
def test_a_score_does_not_depend_on_the_order_and_is_at_most_the_sum(
    weights: list[tuple[datetime, float]], chance: random.Random
) -> None:
    total, mixed = score(weights, NOW, POLICY), list(weights)
    chance.shuffle(mixed)
    assert score(mixed, NOW, POLICY) == pytest.approx(total)
    assert 0 <= total <= sum(weight for _, weight in weights) + 1e-9


@given(WEIGHTS, st.floats(0, 5))
def test_a_score_only_falls_with_time_and_halves_once_everything_is_past(
    weights: list[tuple[datetime, float]], half_lives: float
) -> None:
    later = NOW + POLICY.half_life * half_lives
    assert score(weights, later, POLICY) <= score(weights, NOW, POLICY) + 1e-9
    past = [(at, weight) for at, weight in weights if at <= NOW]
    assert score(past, later, POLICY) == pytest.approx(score(past, NOW, POLICY) * 0.5**half_lives)


@given(WEIGHTS, st.floats(0, 1))
def test_one_more_bounce_adds_what_it_weighs_now(weights: list[tuple[datetime, float]], weight: float) -> None:
    more = score([*weights, (NOW, weight)], NOW, POLICY)
    assert more == pytest.approx(score(weights, NOW, POLICY) + weight)


def test_a_weekly_letter_to_a_full_mailbox_is_sent_for_a_long_time() -> None:
    weeks = [(NOW - timedelta(weeks=n), POLICY.mailbox_full) for n in range(30)]
    assert score(weeks, NOW, POLICY) < POLICY.limit
