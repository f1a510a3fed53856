"""Asking is answered by mail only, and only the reader's own confirmation counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter import queue as queues
from newsletter.audience import erasure, opt_in, suppressing
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, LimitError, NotFoundError, TokenError
from newsletter.model import Notice, Subscriber, Subscription
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.tokens import Purpose, Signer
from tests.audience.conftest import READER, Desk


def test_asking_makes_a_pending_reader_and_owes_one_mail_with_a_link(desk: Desk) -> None:
    desk.subscribe(name="Ada")
    (notice,) = desk.notices()
    assert desk.state() is SubscriptionState.PENDING
    assert (notice.kind, notice.to_address, notice.state) == ("confirm", READER, NoticeState.QUEUED)
    assert f"https://harbour.example/confirm/{desk.token()}" in notice.html
    assert len(desk.token()) == opt_in.TIMED_TOKEN_CHARS


def test_confirming_makes_the_reader_active_and_keeps_the_proof(desk: Desk) -> None:
    desk.subscribe()
    assert desk.confirm(desk.token()).already is False
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.actions() == ["asked", "confirmed"]


def test_a_second_confirm_changes_nothing(desk: Desk) -> None:
    desk.join()
    assert desk.confirm(desk.token()).already is True
    assert desk.actions() == ["asked", "confirmed"]


def test_looking_at_the_confirm_page_changes_nothing(small_desk: Desk) -> None:
    small_desk.subscribe()
    found = opt_in.look_up(
        small_desk.database, clock=small_desk.clock, signer=small_desk.signer, token=small_desk.token()
    )
    assert (found.publication.slug, found.already) == ("harbour", False)
    assert small_desk.state() is SubscriptionState.PENDING


def test_a_reader_who_is_active_gets_a_polite_mail_without_a_token(desk: Desk) -> None:
    desk.join()
    desk.subscribe("READER@example.org")
    notice = desk.notices()[-1]
    assert (notice.kind, notice.to_address) == ("already", READER)
    assert "/confirm/" not in notice.text + notice.html
    assert desk.actions() == ["asked", "confirmed"]


def test_a_link_from_before_the_goodbye_does_not_subscribe_again(desk: Desk) -> None:
    desk.subscribe()
    old = desk.token()
    desk.confirm(old)
    desk.unsubscribe(desk.deliver())
    with pytest.raises(TokenError, match="no longer counts") as caught:
        desk.confirm(old)
    assert "subscribe anew" in caught.value.remedy
    desk.clock.advance(60)
    desk.subscribe()
    with pytest.raises(TokenError):
        desk.confirm(old)
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_a_reader_who_left_may_come_back_by_asking_and_confirming(desk: Desk) -> None:
    desk.join()
    desk.unsubscribe(desk.deliver())
    desk.subscribe()  # within the same second
    assert desk.state() is SubscriptionState.UNSUBSCRIBED
    desk.confirm(desk.token())
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.actions() == ["asked", "confirmed", "unsubscribed", "asked", "confirmed"]


@pytest.mark.parametrize("token", ["", "x", "%%%", "A" * 30, "A" * 24, "ü" * 30])
def test_a_token_nobody_made_is_refused(small_desk: Desk, token: str) -> None:
    with pytest.raises(TokenError):
        small_desk.confirm(token)


def test_a_token_for_something_else_or_too_old_is_refused(small_desk: Desk) -> None:
    small_desk.subscribe()
    with pytest.raises(TokenError):
        small_desk.confirm(small_desk.signer.issue_timed(Purpose.FORM, 1, small_desk.clock.now()))
    small_desk.clock.advance(opt_in.CONFIRM_SECONDS + 1)
    with pytest.raises(TokenError, match="expired"):
        small_desk.confirm(small_desk.token())
    assert small_desk.state() is SubscriptionState.PENDING


@pytest.mark.parametrize("reason", ["manual", "complaint", "erased", "imported"])
def test_an_address_we_ruled_out_gets_nothing_and_leaves_nothing(small_desk: Desk, reason: str) -> None:
    suppressing.suppress(small_desk.database, clock=small_desk.clock, address=READER, reason=reason)
    small_desk.subscribe()
    assert (small_desk.notices(), small_desk.count(Subscriber)) == ([], 0)


def test_confirming_lifts_a_suppression_for_bounces_and_says_so(desk: Desk) -> None:
    desk.join()
    suppressing.suppress(desk.database, clock=desk.clock, address=READER, reason="mailboxfull")
    desk.unsubscribe(desk.deliver())
    desk.subscribe()
    desk.confirm(desk.token())
    assert suppressing.listing(desk.database, clock=desk.clock) == []
    assert desk.actions()[-2:] == ["confirmed", "lifted"]


def test_a_complaint_about_one_publication_is_taken_back_by_confirming(small_desk: Desk) -> None:
    small_desk.subscribe()
    suppressing.suppress(
        small_desk.database, clock=small_desk.clock, address=READER, publication="harbour", reason="complaint"
    )
    small_desk.confirm(small_desk.token())
    assert suppressing.listing(small_desk.database, clock=small_desk.clock) == []


@pytest.mark.parametrize("reason", ["manual", "complaint"])
def test_confirming_does_not_overrule_the_publisher(small_desk: Desk, reason: str) -> None:
    small_desk.subscribe()
    suppressing.suppress(small_desk.database, clock=small_desk.clock, address=READER, reason=reason)
    with pytest.raises(ConflictError) as caught:
        small_desk.confirm(small_desk.token())
    assert "notes@harbour.example" in caught.value.remedy
    assert small_desk.state() is SubscriptionState.PENDING


def test_a_link_to_someone_forgotten_is_refused(small_desk: Desk) -> None:
    small_desk.subscribe()
    token = small_desk.token()
    erasure.forget(small_desk.database, clock=small_desk.clock, address=READER)
    with pytest.raises(TokenError):
        small_desk.confirm(token)


def test_many_requests_from_one_network_are_refused_with_a_time(small_desk: Desk) -> None:
    for number in range(opt_in.PER_IP_BURST):
        small_desk.subscribe(f"r{number}@example.org", ip=f"2001:db8::{number}")
    with pytest.raises(LimitError) as caught:
        small_desk.subscribe("more@example.org", ip="2001:db8::ffff")
    assert caught.value.retry_after == 360
    small_desk.subscribe("more@example.org", ip="2001:db8:0:1::1")


def test_one_address_gets_three_mails_a_day_whoever_asks(small_desk: Desk) -> None:
    for number in range(6):
        small_desk.subscribe(ip=f"192.0.2.{number}")
    assert len(small_desk.notices()) == opt_in.PER_ADDRESS_DAY
    small_desk.clock.advance(86_400)
    small_desk.subscribe(ip="198.51.100.1")
    assert len(small_desk.notices()) == opt_in.PER_ADDRESS_DAY + 1


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "a@b\0.org"]
)
def test_an_address_that_cannot_be_used_is_refused_and_nothing_is_stored(small_desk: Desk, address: str) -> None:
    with pytest.raises(InputError):
        small_desk.subscribe(address)
    assert small_desk.count(Subscriber) == 0


@pytest.mark.parametrize("name", ["A\r\nBcc: b@example.org", "A\0", "x" * 201, "A\u202eB"])
def test_a_name_that_could_break_out_of_a_header_is_refused(small_desk: Desk, name: str) -> None:
    with pytest.raises(InputError):
        small_desk.subscribe(name=name)
    assert small_desk.count(Subscriber) == 0


def test_a_stranger_cannot_write_to_a_reader_in_the_name_field(small_desk: Desk) -> None:
    small_desk.subscribe(name="Buy now at shop.example")
    (notice,) = small_desk.notices()
    assert "shop.example" not in notice.to_name + notice.subject + notice.text + notice.html


def test_an_address_with_letters_beyond_ascii_can_subscribe(small_desk: Desk) -> None:
    small_desk.join("jörg@bücher.example")
    assert small_desk.state("jörg@xn--bcher-kva.example") is SubscriptionState.ACTIVE
    with small_desk.database.read() as session:
        mail = session.scalars(select(Notice).order_by(Notice.id)).first()
    assert mail is not None and mail.to_address == "jörg@xn--bcher-kva.example"
    assert "jörg@bücher.example" in mail.text and "xn--" not in mail.text


def test_a_publication_nobody_has_is_not_found(small_desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        small_desk.subscribe(publication="nowhere")


def test_a_form_counts_for_its_publication_and_not_too_fast_nor_too_late(clock: SettableClock, signer: Signer) -> None:
    token = opt_in.form_token(signer, clock, 7)
    with pytest.raises(TokenError, match="too fast"):
        opt_in.check_form(signer, clock, 7, token, "")
    clock.advance(opt_in.FORM_MIN_SECONDS)
    assert opt_in.check_form(signer, clock, 7, token, "") is True
    with pytest.raises(TokenError, match="another publication"):
        opt_in.check_form(signer, clock, 8, token, "")
    clock.advance(opt_in.FORM_MAX_SECONDS)
    with pytest.raises(TokenError, match="expired"):
        opt_in.check_form(signer, clock, 7, token, "")


def test_a_filled_honeypot_is_dropped_without_a_word(clock: SettableClock, signer: Signer) -> None:
    assert opt_in.check_form(signer, clock, 7, "not even a token", "https://spam.example") is False


def test_two_requests_at_once_leave_one_reader(desk: Desk) -> None:
    at_once(desk.subscribe, times=3)
    assert (desk.count(Subscriber), desk.count(Subscription)) == (1, 1)
    assert len(desk.notices()) == 3


def test_two_confirmations_at_once_leave_one_record(desk: Desk) -> None:
    desk.subscribe()
    token = desk.token()
    outcomes: list[bool] = []
    at_once(lambda: outcomes.append(desk.confirm(token).already), times=4)
    assert sorted(outcomes) == [False, True, True, True]
    assert desk.actions() == ["asked", "confirmed"]


def test_a_broker_that_is_down_does_not_lose_the_mail(small_desk: Desk) -> None:
    small_desk.queue = queues.connect("redis://127.0.0.1:1/0")
    small_desk.subscribe()
    (notice,) = small_desk.notices()
    assert notice.state == NoticeState.QUEUED
    assert notice.next_attempt_at <= small_desk.clock.now() + timedelta(seconds=1)


def at_once(work: Callable[[], object], *, times: int) -> None:
    start = threading.Barrier(times)

    def run(_: int) -> None:
        start.wait()
        work()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run, range(times)))
