"""Reports come in any order and any number of times: what follows in the end is the same."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.clock import SettableClock
from newsletter.feedback.applying import ReportCase, apply_report
from newsletter.feedback.consequences import Effect
from newsletter.feedback.locating import locate
from newsletter.feedback.scoring import BouncePolicy, total
from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model import AppliedReport, Delivery, Subscription, Suppression
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.tokens import Signer
from tests.feedback.mailing import Mailing, send_issue

LENIENT, STRICT = BouncePolicy(), BouncePolicy(limit=1.5)
LIST_ID = {"list-id": "The Daily <daily.news.example>"}
SOME = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Told:
    """One report about the delivery of issue `issue` to the first reader; without proof it only names them and the list."""

    issue: int
    kind: ReportKind
    reason: Reason
    status: str = ""
    proven: bool = True


BOUNCES = st.builds(
    Told,
    st.integers(0, 2),
    st.sampled_from((ReportKind.PERMANENT, ReportKind.TRANSIENT)),
    st.sampled_from((Reason.USERUNKNOWN, Reason.MAILBOXFULL, Reason.SUSPEND, Reason.NETWORKERROR, Reason.SPAMDETECTED)),
    st.sampled_from(("", "5.1.1", "5.7.1")),
)
OTHERS = st.builds(
    Told, st.integers(0, 2), st.sampled_from((ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBE)), st.just(Reason.FEEDBACK)
)
PROOFS = st.builds(Told, st.integers(0, 2), st.just(ReportKind.NONE), st.just(Reason.DELIVERED))
UNPROVEN = st.builds(lambda told: replace(told, issue=2, proven=False), st.one_of(BOUNCES, OTHERS))


@st.composite
def shuffled(draw: st.DrawFn, told: st.SearchStrategy[Told]) -> tuple[list[Told], list[Told]]:
    """Return some reports, and the same in another order with some of them twice."""
    first = draw(st.lists(told, min_size=1, max_size=6))
    again = draw(st.lists(st.sampled_from(first), max_size=3))
    return first, draw(st.permutations(first + again))


@pytest.fixture
def mailings(sqlite_database: Database, clock: SettableClock, signer: Signer) -> list[Mailing]:
    """Three issues that went to the same readers."""
    first = send_issue(sqlite_database, clock, signer)
    found = [first]
    for slug in ("second", "third"):
        clock.advance(3600)
        found.append(replace(first))
        found[-1].send_another(slug)
    return found


def outcome(mailings: list[Mailing], told: list[Told], policy: BouncePolicy) -> dict[str, Any]:
    """Apply reports one after the other, and say how everything stands; nothing is kept."""
    with mailings[0].database.write() as session:
        for number, each in enumerate(told):
            _apply(session, mailings, each, f"key {number}", policy)
        found = _standing(session, mailings)
        session.rollback()
    return found


def _apply(session: Session, mailings: list[Mailing], told: Told, key: str, policy: BouncePolicy) -> Effect:
    mailing, now = mailings[told.issue], mailings[-1].clock.now()
    path, original = (mailing.path(), {}) if told.proven else ("", LIST_ID)
    report = Report(
        told.kind, "reader0@readers.example", told.reason, status=told.status, sent_to=path, original=original
    )
    located = locate(session, mailing.signer, report, sent_to=path, now=now)
    # Each kind of report about a delivery has its moment, so that copies differ in nothing but how they came.
    at = now - timedelta(minutes=10 * told.issue + list(ReportKind).index(told.kind))
    return apply_report(session, ReportCase(report, located, None, key, at), policy=policy, now=now)


def _standing(session: Session, mailings: list[Mailing]) -> dict[str, Any]:
    reader = session.get_one(Delivery, mailings[0].deliveries[0]).subscriber_id
    rows = session.scalars(select(AppliedReport).order_by(AppliedReport.mark))
    ruled_out = session.scalars(select(Suppression))
    return {
        "deliveries": [session.get_one(Delivery, each.deliveries[0]).state for each in mailings],
        "standing": session.scalars(select(Subscription.state).where(Subscription.subscriber_id == reader)).one(),
        "suppressed": {(row.publication_id, row.expires_at is None) for row in ruled_out},
        "applied": [(row.mark, row.weight, row.effect) for row in rows],
        "weights": sorted(reports.weights_of(session, reader)),
        "unproven weights": sorted(reports.unproven_weights_of(session, reader)),
    }


@SOME
@given(shuffled(st.one_of(BOUNCES, OTHERS, PROOFS, UNPROVEN)))
def test_the_order_and_number_of_reports_changes_nothing(
    mailings: list[Mailing], told: tuple[list[Told], list[Told]]
) -> None:
    first, other = (outcome(mailings, some, LENIENT) for some in told)
    assert first == other


@SOME
@given(shuffled(st.one_of(BOUNCES, OTHERS, UNPROVEN)))
def test_whether_a_reader_is_left_in_peace_does_not_depend_on_the_order(
    mailings: list[Mailing], told: tuple[list[Told], list[Told]]
) -> None:
    first, other = (outcome(mailings, some, STRICT) for some in told)
    assert _ruled_out(first) == _ruled_out(other)
    if (None, True) not in first["suppressed"]:
        now = mailings[-1].clock.now()
        too_much = total(first["weights"], first["unproven weights"], now, STRICT) >= STRICT.limit
        assert ((None, False) in first["suppressed"]) == too_much


def _ruled_out(found: dict[str, Any]) -> set[tuple[int | None, bool]]:
    """Scope and whether for good; a rest says nothing beside a suppression for good."""
    known: set[tuple[int | None, bool]] = found["suppressed"]
    return known - {(None, False)} if (None, True) in known else known


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_strongest_of_several_bounces_of_one_delivery_decides(mailings: list[Mailing], order: list[int]) -> None:
    told = [
        Told(2, ReportKind.PERMANENT, Reason.SPAMDETECTED, "5.7.1"),
        Told(2, ReportKind.PERMANENT, Reason.USERUNKNOWN, "5.1.1", proven=False),
        Told(2, ReportKind.PERMANENT, Reason.USERUNKNOWN, "5.1.1"),
    ]
    found = outcome(mailings, [told[number] for number in order], LENIENT)
    assert found["suppressed"] == {(None, True)}
    assert sorted(row[2] for row in found["applied"]) == ["counted", "suppressed"], (
        "the unproven one has a row of its own"
    )


def test_a_delivery_counts_once_by_the_heaviest_report_about_it(mailings: list[Mailing]) -> None:
    told = [
        Told(0, ReportKind.TRANSIENT, Reason.NETWORKERROR),
        Told(0, ReportKind.TRANSIENT, Reason.SUSPEND),
        Told(0, ReportKind.TRANSIENT, Reason.MAILBOXFULL),
        Told(1, ReportKind.TRANSIENT, Reason.MAILBOXFULL),
    ]
    found = outcome(mailings, told, LENIENT)
    assert sorted(weight for _, weight in found["weights"]) == [LENIENT.mailbox_full, LENIENT.weight]
