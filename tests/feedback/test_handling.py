"""From the bytes of a report to what follows, on both databases."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.audience import erasure
from newsletter.clock import SettableClock
from newsletter.errors import StoreError
from newsletter.feedback.consequences import Effect
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.feedback.handling import FORGED, Handler
from newsletter.model import Delivery, Subscription
from newsletter.model.feedback import Blame, RawState
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.store.feedback import reports
from newsletter.tokens import Purpose
from tests.feedback.conftest import LEAVE
from tests.feedback.mailing import Mailing, complaint, dsn
from tests.parts.actors import OPERATOR

READER = "reader0@readers.example"


def test_an_unknown_address_is_suppressed_everywhere_at_once(mailing: Mailing, handler: Handler) -> None:
    raw = mailing.keep(dsn(READER), sent_to=mailing.path())
    assert handler.handle(raw) == {Effect.SUPPRESSED: 1}
    assert mailing.suppressions() == [(READER, "userunknown", True, True)]
    assert [mailing.state(n) for n in range(3)] == ["bounced", "submitted", "submitted"]
    assert mailing.raw_state(raw) is RawState.READ


def test_the_same_report_twice_changes_nothing(mailing: Mailing, handler: Handler) -> None:
    content = dsn(READER)
    first = mailing.keep(content, sent_to=mailing.path())
    handler.handle(first)
    handler.handle(first)
    assert mailing.keep(content, sent_to=mailing.path()) == first
    second = mailing.keep(b"Received: by another road\r\n" + content, sent_to=mailing.path())
    assert handler.handle(second) == {Effect.KNOWN: 1}
    assert len(mailing.applied()) == len(mailing.suppressions()) == 1


def test_a_report_before_our_own_commit_waits_for_it(mailing: Mailing, handler: Handler, clock: SettableClock) -> None:
    mailing.put(DeliveryState.SUBMITTING)
    raw = mailing.keep(dsn(READER), sent_to=mailing.path())
    assert handler.handle(raw) == {Effect.WAITS: 1}
    assert mailing.raw_state(raw) is RawState.WAITING
    assert mailing.applied() == mailing.suppressions() == []
    with handler.database.read() as session:
        assert reports.due(session, clock.now() + timedelta(seconds=6), 10) == [raw]
    mailing.put(DeliveryState.SUBMITTED)
    assert handler.handle(raw) == {Effect.SUPPRESSED: 1}
    assert mailing.state() == "bounced"


def test_a_report_proves_that_an_uncertain_delivery_was_sent(mailing: Mailing, handler: Handler) -> None:
    mailing.put(DeliveryState.UNCERTAIN)
    handler.handle(mailing.keep(dsn(READER), sent_to=mailing.path()))
    assert mailing.state() == "bounced"


def test_a_report_does_not_wait_for_ever(mailing: Mailing, handler: Handler, clock: SettableClock) -> None:
    mailing.put(DeliveryState.SUBMITTING)
    raw = mailing.keep(dsn(READER), sent_to=mailing.path())
    clock.advance(3601)
    assert handler.handle(raw) == {Effect.SUPPRESSED: 1}
    assert mailing.state() == "submitting"  # its own move is not legal from here, and is left to recovery


def test_a_delivery_no_server_took_is_not_moved_by_a_report(mailing: Mailing, handler: Handler) -> None:
    mailing.put(DeliveryState.SKIPPED)
    handler.handle(mailing.keep(dsn(READER), sent_to=mailing.path()))
    assert mailing.state() == "skipped"


def test_a_forged_return_path_is_dropped_and_counted(mailing: Mailing, handler: Handler) -> None:
    forged = mailing.path().replace(mailing.path()[20:24], "0000")
    raw = mailing.keep(dsn(READER), sent_to=forged)
    assert handler.handle(raw) == {Effect.FORGED: 1}
    assert mailing.raw_state(raw) is RawState.DROPPED
    assert mailing.suppressions() == []
    with handler.database.read() as session:
        assert reports.tallies(session) == {FORGED: 1}


def test_a_quoted_message_id_names_the_delivery_and_kills_no_address(mailing: Mailing, handler: Handler) -> None:
    content = dsn("forwarded@elsewhere.example", quoted=f"Message-ID: {mailing.name(1)}")
    assert handler.handle(mailing.keep(content)) == {Effect.COUNTED: 1}
    assert mailing.state(1) == "bounced"
    assert mailing.suppressions() == []


def test_a_report_that_names_reader_and_list_alone_counts_and_moves_no_delivery(
    mailing: Mailing, handler: Handler
) -> None:
    content = dsn(READER, quoted="List-Id: The Daily <daily.news.example>")
    assert handler.handle(mailing.keep(content)) == {Effect.COUNTED: 1}
    assert mailing.state() == "submitted"
    assert mailing.suppressions() == []


def test_a_report_about_nobody_we_know_is_read_and_changes_nothing(mailing: Mailing, handler: Handler) -> None:
    raw = mailing.keep(dsn("stranger@elsewhere.example"))
    assert handler.handle(raw) == {Effect.NOBODY: 1}
    assert mailing.raw_state(raw) is RawState.READ
    assert mailing.applied() == []


def test_a_complaint_unsubscribes_and_rules_out_for_that_publication(mailing: Mailing, handler: Handler) -> None:
    raw = mailing.keep(complaint(mailing.name(2)))
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: 1}
    assert mailing.standing(2) is SubscriptionState.UNSUBSCRIBED
    assert mailing.suppressions() == [("reader2@readers.example", "complaint", False, True)]
    assert mailing.state(2) == "complained"
    assert mailing.standing(0) is SubscriptionState.ACTIVE


@pytest.mark.parametrize("said", ["554 5.7.1 message refused by policy", "550 5.7.26 this mail is not authenticated"])
def test_a_policy_refusal_never_counts_against_the_reader(mailing: Mailing, handler: Handler, said: str) -> None:
    status = said.split()[1]
    for number in range(8):
        handler.handle(mailing.keep(dsn(READER, status=status, said=said), sent_to=mailing.path()))
        mailing.send_another(f"more-{number}")
    assert mailing.suppressions() == []
    assert {(row.blame, row.weight) for row in mailing.applied()} == {(Blame.SENDER, 0.0)}
    assert len(mailing.applied()) == 8


def test_transient_bounces_add_up_until_the_reader_is_left_in_peace(
    mailing: Mailing, handler: Handler, clock: SettableClock
) -> None:
    for number in range(6):
        content = dsn(READER, status="5.2.1", said="550 5.2.1 mailbox disabled for now")
        handler.handle(mailing.keep(content, sent_to=mailing.path()))
        assert bool(mailing.suppressions()) == (number == 5)  # five of five days weigh a little less than five
        clock.advance(86400)
        mailing.send_another(f"more-{number}")
    assert mailing.suppressions()[0][2:] == (True, False)


def test_a_delay_is_no_bounce_and_a_proof_of_delivery_is_kept(mailing: Mailing, handler: Handler) -> None:
    handler.handle(
        mailing.keep(dsn(READER, action="delayed", status="4.4.1", said="452 later"), sent_to=mailing.path())
    )
    assert mailing.state() == "submitted"
    handler.handle(mailing.keep(dsn(READER, action="delivered", status="2.0.0", said="250 ok"), sent_to=mailing.path()))
    assert mailing.state() == "delivered"


def test_a_proof_of_delivery_that_comes_after_the_bounce_moves_nothing_back(mailing: Mailing, handler: Handler) -> None:
    handler.handle(mailing.keep(dsn(READER), sent_to=mailing.path()))
    handler.handle(mailing.keep(dsn(READER, action="delivered", status="2.0.0", said="250 ok"), sent_to=mailing.path()))
    assert mailing.state() == "bounced"


def test_a_poisoned_report_is_set_aside_and_the_rest_goes_on(mailing: Mailing, handler: Handler) -> None:
    def read(content: bytes) -> list:
        if b"poison" in content:
            raise RecursionError("too deep")
        return reading.read(content)

    from newsletter.feedback import reading

    wary = Handler(handler.database, handler.clock, handler.signer, read=read)
    bad, good = mailing.keep(b"poison"), mailing.keep(dsn(READER), sent_to=mailing.path())
    assert not wary.handle(bad)
    assert wary.handle(good) == {Effect.SUPPRESSED: 1}
    assert mailing.raw_state(bad) is RawState.SET_ASIDE
    with handler.database.read() as session:
        assert reports.get_raw(session, bad).error == "RecursionError: too deep"


def test_a_reader_that_does_not_start_sets_nothing_aside_and_reads_all_once_it_does(
    mailing: Mailing, handler: Handler, clock: SettableClock
) -> None:
    guarded = GuardedReader(command=(sys.executable, "-c", "import sys; sys.exit('email.py is in the way')"))
    raws = [
        mailing.keep(dsn(READER), sent_to=mailing.path()),
        mailing.keep(dsn("reader1@readers.example"), sent_to=mailing.path(1)),
    ]
    broken = Handler(handler.database, handler.clock, handler.signer, read=guarded.read)
    for _ in range(20):  # however often it is tried
        assert [broken.handle(raw) for raw in raws] == [{Effect.WAITS: 1}] * 2
    with handler.database.read() as session:
        assert "email.py is in the way" in reports.get_raw(session, raws[0]).error
        assert reports.due(session, clock.now() + timedelta(hours=1), 10) == raws
    assert [handler.handle(raw) for raw in raws] == [{Effect.SUPPRESSED: 1}] * 2
    with handler.database.read() as session:
        assert reports.get_raw(session, raws[0]).error == ""


def test_a_ledger_that_is_gone_sets_nothing_aside(mailing: Mailing, handler: Handler) -> None:
    def read(content: bytes) -> list:
        raise StoreError("gone")

    raw = mailing.keep(dsn(READER), sent_to=mailing.path())
    with pytest.raises(StoreError):
        Handler(handler.database, handler.clock, handler.signer, read=read).handle(raw)
    assert mailing.raw_state(raw) is RawState.UNREAD


def test_a_goodbye_by_mail_is_known_by_the_token_in_its_subject(mailing: Mailing, handler: Handler) -> None:
    token = mailing.signer.issue(Purpose.UNSUBSCRIBE, mailing.deliveries[1])
    raw = mailing.keep(f"From: x@y.example\r\nTo: {LEAVE}\r\nSubject: {token}\r\n\r\n".encode(), sent_to=LEAVE)
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: 1}
    assert [mailing.standing(n) for n in range(3)] == ["active", "unsubscribed", "active"]
    assert mailing.suppressions() == []


def test_a_goodbye_by_the_link_of_a_welcome_ends_that_subscription(mailing: Mailing, handler: Handler) -> None:
    with mailing.database.read() as session:
        subscription_id = session.scalars(select(Subscription.id).order_by(Subscription.id)).all()[1]
    token = mailing.signer.issue(Purpose.PREFERENCES, subscription_id)
    raw = mailing.keep(f"From: x@y.example\r\nTo: {LEAVE}\r\nSubject: {token}\r\n\r\n".encode(), sent_to=LEAVE)
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: 1}
    assert [mailing.standing(n) for n in range(3)] == ["active", "unsubscribed", "active"]
    nobody = mailing.signer.issue(Purpose.PREFERENCES, 10_000)
    raw = mailing.keep(f"From: x@y.example\r\nTo: {LEAVE}\r\nSubject: {nobody}\r\n\r\n".encode(), sent_to=LEAVE)
    assert handler.handle(raw) == {Effect.NOBODY: 1}


def test_a_goodbye_without_our_token_is_set_aside_for_a_person(mailing: Mailing, handler: Handler) -> None:
    raw = mailing.keep(f"From: {READER}\r\nTo: {LEAVE}\r\nSubject: stop\r\n\r\n".encode())
    assert not handler.handle(raw)
    assert mailing.raw_state(raw) is RawState.SET_ASIDE
    assert mailing.standing() is SubscriptionState.ACTIVE


def test_a_report_about_a_reader_who_was_erased_brings_no_address_back(mailing: Mailing, handler: Handler) -> None:
    erasure.forget(mailing.database, clock=mailing.clock, address=READER, by=OPERATOR)
    said = f"550 5.1.1 <{READER}> is not here"
    assert handler.handle(mailing.keep(dsn(READER, said=said), sent_to=mailing.path())) == {Effect.SUPPRESSED: 1}
    assert [(row.diagnostic, row.reported_by) for row in mailing.applied()] == [("", "")]
    with mailing.database.read() as session:
        assert session.get_one(Delivery, mailing.deliveries[0]).reply == "userunknown"
    assert [address for address, *_ in mailing.suppressions()] == [""]
