"""Asking is answered by mail only, as often as one mailbox and the whole service may be mailed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter import queue as queues
from newsletter.audience import answering
from newsletter.model import Editor, Notice, Subscriber, Subscription
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.pacing import RedisBuckets
from newsletter.store.accounts import editors
from tests.audience.conftest import READER, Desk, at_once
from tests.parts.actors import OPERATOR
from tests.parts.valkey import ValkeyServer


def test_asking_makes_a_pending_reader_and_owes_one_mail_with_a_link(desk: Desk) -> None:
    desk.subscribe(name="Ada")
    (notice,) = desk.notices()
    assert desk.state() is SubscriptionState.PENDING
    assert (notice.kind, notice.to_address, notice.state) == ("confirm", READER, NoticeState.QUEUED)
    assert f"https://harbour.example/confirm/{desk.token()}" in notice.html
    assert len(desk.token()) == answering.TIMED_TOKEN_CHARS


def test_a_reader_who_is_active_gets_a_polite_mail_without_a_token(desk: Desk) -> None:
    desk.join()
    desk.subscribe("READER@example.org")
    notice = desk.notices()[-1]
    assert (notice.kind, notice.to_address) == ("already", READER)
    assert "/confirm/" not in notice.text + notice.html
    assert desk.actions() == ["asked", "confirmed"]


@pytest.mark.parametrize("reason", ["manual", "complaint", "erased", "imported"])
def test_an_address_we_ruled_out_gets_nothing_and_leaves_nothing(small_desk: Desk, reason: str) -> None:
    small_desk.suppressing.suppress(READER, reason=reason, by=OPERATOR)
    small_desk.subscribe()
    assert (small_desk.notices(), small_desk.count(Subscriber)) == ([], 0)


@pytest.mark.parametrize(
    ("reason", "publication"),
    [("userunknown", ""), ("hostunknown", ""), ("mailboxfull", ""), ("suppressed", ""), ("complaint", "harbour")],
)
def test_a_reader_whom_no_mail_reaches_gets_the_confirmation_and_it_lifts_that(
    desk: Desk, reason: str, publication: str
) -> None:
    desk.join()
    scope = {"publication_id": desk.id_of(publication)} if publication else {}
    desk.suppressing.suppress(READER, reason=reason, **scope, by=OPERATOR)
    desk.subscribe()
    assert [notice.kind for notice in desk.notices()] == ["confirm", "welcome", "confirm"]
    assert not desk.look_up(desk.token()).already
    assert not desk.confirm(desk.token()).already
    assert desk.suppressing.listing() == []
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.actions()[-3:] == ["asked", "confirmed", "lifted"]
    assert desk.confirm(desk.token()).already  # and a second time changes nothing
    desk.subscribe()
    assert desk.notices()[-1].kind == "already"


def test_one_address_gets_three_mails_a_day_whoever_asks(small_desk: Desk) -> None:
    for number in range(6):
        small_desk.subscribe(ip=f"192.0.2.{number}")
    assert len(small_desk.notices()) == answering.PER_MAILBOX_DAY
    small_desk.clock.advance(86_400)
    small_desk.subscribe(ip="198.51.100.1")
    assert len(small_desk.notices()) == answering.PER_MAILBOX_DAY + 1


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


def test_two_requests_at_once_leave_one_reader(desk: Desk) -> None:
    at_once(desk.subscribe, times=3)
    assert (desk.count(Subscriber), desk.count(Subscription)) == (1, 1)
    assert len(desk.notices()) == 3


def test_a_broker_that_is_down_does_not_lose_the_mail(small_desk: Desk) -> None:
    small_desk.queue = queues.connect("redis://127.0.0.1:1/0")
    small_desk.subscribe()
    (notice,) = small_desk.notices()
    assert notice.state == NoticeState.QUEUED
    assert notice.next_attempt_at <= small_desk.clock.now() + timedelta(seconds=1)


@pytest.mark.parametrize(
    "addresses",
    [
        [f"ada+tag{n}@example.org" for n in range(12)],
        ["ada.l@gmail.com", "a.dal@gmail.com", "adal+x@googlemail.com", "ADA.L@gmail.com", "a.d.a.l@googlemail.com"],
        ["ada@yahoo.com", "ada-1@yahoo.com", "ada-2@yahoo.com", "ada-3@yahoo.com"],
        ["ada@fastmail.com", "1@ada.fastmail.com", "2@ada.fastmail.com", "ada+3@fastmail.com"],
    ],
    ids=["plus tags", "dots", "hyphens", "subdomains"],
)
def test_every_spelling_of_one_mailbox_counts_against_its_limit(desk: Desk, addresses: list[str]) -> None:
    for number, address in enumerate(addresses):
        desk.subscribe(address, ip=f"192.0.2.{number}")
    sent = [notice.to_address for notice in desk.notices()]
    assert (
        sent
        == [  # to the address as it was given
            a.rpartition("@")[0] + "@" + a.rpartition("@")[2] for a in addresses[: answering.PER_MAILBOX_DAY]
        ]
    )
    assert desk.waiting() == []


def test_the_mails_are_rendered_before_it_is_known_whether_one_goes(
    small_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    real = small_desk.renderer.notice
    monkeypatch.setattr(
        small_desk.renderer, "notice", lambda kind, *a, **g: rendered.append(kind) or real(kind, *a, **g)
    )
    small_desk.suppressing.suppress("out@example.org", reason="manual", by=OPERATOR)
    for number in range(answering.PER_MAILBOX_DAY + 1):
        small_desk.subscribe(ip=f"192.0.2.{number}")
    small_desk.subscribe("out@example.org", ip="192.0.2.99")
    assert rendered == ["confirm", "already"] * (answering.PER_MAILBOX_DAY + 2)


def test_a_job_that_comes_twice_is_answered_once_and_takes_nothing_twice(desk: Desk) -> None:
    desk.per_hour = 4
    desk.ask()
    (sign_up,) = desk.waiting()
    at_once(lambda: desk.answering.answer(sign_up.id), times=4)
    desk.answering.answer(sign_up.id)
    assert len(desk.notices()) == 1
    for number in range(2):
        desk.subscribe(ip=f"192.0.2.{10 + number}")
    assert len(desk.notices()) == answering.PER_MAILBOX_DAY


def test_beyond_the_hours_mails_sign_ups_wait_and_none_is_lost(desk: Desk) -> None:
    desk.per_hour = 3
    for number in range(5):
        desk.subscribe(f"r{number}@example.org", ip=f"192.0.2.{number}")
    waiting = desk.waiting()
    assert [row.address for row in waiting] == ["r3@example.org", "r4@example.org"]
    assert all(row.due_at > desk.clock.now() + timedelta(minutes=19) for row in waiting)
    desk.clock.advance(1200)
    desk.answer()
    assert [row.address for row in desk.waiting()] == ["r4@example.org"]
    desk.clock.advance(1200)
    desk.answer()
    assert [n.to_address for n in desk.notices()] == [f"r{n}@example.org" for n in range(5)]


def test_what_leads_to_no_mail_takes_none_of_the_hours(desk: Desk) -> None:
    desk.per_hour = 1
    desk.suppressing.suppress("out@example.org", reason="manual", by=OPERATOR)
    for number in range(3):
        desk.subscribe("out@example.org", ip=f"192.0.2.{number}")
    desk.subscribe()
    assert len(desk.notices()) == 1


def test_none_means_any_number(small_desk: Desk) -> None:
    small_desk.per_hour = 0
    for number in range(8):
        small_desk.subscribe(f"r{number}@example.org", ip=f"192.0.2.{number}")
    assert len(small_desk.notices()) == 8


def test_the_editors_are_told_once_of_many_sign_ups(desk: Desk) -> None:
    desk.per_hour = 1
    with desk.database.write() as session:
        for name in ("Mara", "Nils"):
            address = f"{name.lower()}@harbour.example"
            editors.add(session, Editor(address=address, name=name, password_hash="", created_at=desk.clock.now()))
    for number in range(4):
        desk.subscribe(f"r{number}@example.org", ip=f"192.0.2.{number}")
    alerts = [notice for notice in desk.notices() if notice.kind == "alert"]
    assert [(a.to_address, a.to_name) for a in alerts] == [
        ("mara@harbour.example", "Mara"),
        ("nils@harbour.example", "Nils"),
    ]
    assert "Unusually many sign-ups" in alerts[0].subject
    assert "NEWSLETTER_SIGN_UPS_PER_HOUR" in alerts[0].text and "1 more sign-ups wait" in alerts[0].text
    assert "example.org" not in alerts[0].text  # nobody's address
    desk.clock.advance(answering.ALERT_AGAIN.total_seconds())
    for number in range(4):
        desk.subscribe(f"s{number}@example.org", ip=f"198.51.100.{number}")
    assert len([notice for notice in desk.notices() if notice.kind == "alert"]) == 4


def test_the_limits_are_shared_by_all_workers(desk: Desk, valkey: ValkeyServer) -> None:
    valkey.flush()
    workers = [RedisBuckets(valkey.url, desk.clock) for _ in range(2)]
    for number in range(4):
        desk.buckets = workers[number % 2]
        desk.subscribe(ip=f"192.0.2.{number}")
    assert len(desk.notices()) == answering.PER_MAILBOX_DAY
    for buckets in workers:
        buckets.close()
