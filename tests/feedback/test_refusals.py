"""Refusals in the session count like bounces, once."""

from __future__ import annotations

from newsletter.clock import SettableClock
from newsletter.feedback.handling import Handler
from newsletter.feedback.refusals import judge_refusals
from newsletter.feedback.scoring import BouncePolicy
from newsletter.feedback.statistics import report
from newsletter.model import Attempt, Delivery
from newsletter.model.states import DeliveryState
from newsletter.store.feedback import reports
from tests.feedback.mailing import Mailing, dsn

POLICY = BouncePolicy()


def refuse(mailing: Mailing, reader: int, code: int, status: str, reply: str) -> None:
    mailing.put(DeliveryState.REJECTED, reader)
    facts = {"delivery_id": mailing.deliveries[reader], "at": mailing.clock.now(), "transport": "smtp"}
    with mailing.database.write() as session:
        session.add(Attempt(outcome="refused", code=code, status=status, reply=reply, **facts))


def judge(mailing: Mailing) -> int:
    return judge_refusals(mailing.database, clock=mailing.clock, policy=POLICY)


def test_an_unknown_address_is_suppressed_and_a_policy_is_not(mailing: Mailing, clock: SettableClock) -> None:
    refuse(mailing, 0, 550, "5.1.1", "5.1.1 <reader0@readers.example>: Recipient address rejected: User unknown")
    refuse(mailing, 1, 554, "5.7.1", "5.7.1 rejected by policy")
    assert judge(mailing) == 2
    assert judge(mailing) == 0
    assert mailing.suppressions() == [("reader0@readers.example", "userunknown", True, True)]
    assert [mailing.state(n) for n in range(3)] == ["rejected", "rejected", "submitted"]


def test_a_deferral_is_not_judged(mailing: Mailing) -> None:
    with mailing.database.write() as session:
        facts = {"delivery_id": mailing.deliveries[0], "at": mailing.clock.now(), "transport": "smtp"}
        session.add(Attempt(outcome="deferred", code=451, status="4.2.0", reply="later", **facts))
    assert judge(mailing) == 0


def test_the_report_names_the_reason_and_counts_a_refusal_once(mailing: Mailing) -> None:
    refuse(mailing, 0, 550, "5.1.1", "5.1.1 user unknown")
    judge(mailing)
    found = report(mailing.database, issue_id=mailing.issue.id)
    assert (found.rejected, found.bounced, found.bounces) == (1, 0, [])
    assert [row.reason for row in found.refusals] == ["userunknown"]


def test_a_refusal_that_a_webhook_told_of_before_is_judged_once_and_counts_once(
    mailing: Mailing, handler: Handler
) -> None:
    said = "552 5.2.2 mailbox is full"
    handler.handle(mailing.keep(dsn("reader0@readers.example", status="5.2.2", said=said), sent_to=mailing.path()))
    refuse(mailing, 0, 552, "5.2.2", "5.2.2 mailbox is full")
    assert (judge(mailing), judge(mailing)) == (1, 0)
    with mailing.database.read() as session:
        reader = session.get_one(Delivery, mailing.deliveries[0]).subscriber_id
        assert [weight for _, weight in reports.weights_of(session, reader)] == [POLICY.mailbox_full]
    found = report(mailing.database, issue_id=mailing.issue.id)
    assert [(row.reason, row.number) for row in found.refusals] == [("mailboxfull", 1)]
