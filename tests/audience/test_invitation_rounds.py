"""Turns are dealt at the pace of the ledger: no restart, second scheduler, dead worker or wrong clock quickens it, and none is lost."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from newsletter import queue as queues
from newsletter.audience import invitation_rounds
from newsletter.audience.invitation_rounds import InvitationRounds
from newsletter.model import Invitation, Subscription
from newsletter.resources import TEMPLATES
from tests.audience.conftest import READER, Desk, at_once
from tests.audience.test_standing import PlainRenderer
from tests.audience.waiting_list import (
    bring,
    every,
    fresh_queue,
    invited,
    inviter,
    rounds,
    second_publication,
    send,
    work,
    write,
)
from tests.parts.looking import looking


@pytest.fixture(autouse=True)
def in_one_line(desk: Desk) -> None:
    """The pace does not depend on what the mail looks like."""
    desk.renderer = PlainRenderer(TEMPLATES)


def people(number: int, name: str = "r") -> list[str]:
    return [f"{name}{n}@example.org" for n in range(number)]


def turns(desk: Desk) -> int:
    return sum(row.turn_at is not None for row in every(desk))


def rung(desk: Desk) -> int:
    return desk.queue.broker.queues["notices"].qsize()


@pytest.mark.parametrize("per_hour", [1, 10, 90])
def test_an_hour_sees_no_more_than_its_number_and_a_minute_its_part(desk: Desk, per_hour: int) -> None:
    bring(desk, *people(per_hour + 20), ask=True)
    in_minute = -(-per_hour // 60)
    before = 0
    for _ in range(59):
        desk.clock.advance(61)
        for _ in range(2):
            rounds(desk, per_hour).tick()  # another process each time: a restart begins nothing anew
        write(desk)
        send(desk)
        assert turns(desk) - before <= in_minute
        before = turns(desk)
    assert len(invited(desk)) == min(per_hour, 59 * in_minute)
    work(desk, times=2, seconds=1800, per_hour=per_hour)
    assert len(invited(desk)) > min(per_hour, 59 * in_minute), "and the next hour goes on"


def test_two_schedulers_at_once_keep_to_one_pace(desk: Desk) -> None:
    bring(desk, *people(40), ask=True)
    at_once(lambda: rounds(desk, 300).tick(), times=4)
    assert turns(desk) == 5


def test_what_was_dealt_and_not_written_is_rung_for_again_and_written_once(desk: Desk) -> None:
    bring(desk, *people(2), ask=True)
    rounds(desk).tick()
    assert rung(desk) == 2
    desk.queue = fresh_queue()  # the worker was killed, and the broker flushed
    turn = rounds(desk)
    turn.tick()
    assert rung(desk) == 0
    desk.clock.advance(invitation_rounds.RING_AGAIN.total_seconds())
    turn.tick()
    turn.tick()
    assert rung(desk) == 2
    for row in every(desk):
        at_once(lambda row=row: inviter(desk).invite(row.id), times=3)
    assert sorted(invited(desk)) == people(2)
    assert desk.actions().count("invited") == 2


def test_a_broker_that_is_down_is_asked_again_in_the_next_round(desk: Desk) -> None:
    bring(desk, *people(1), ask=True)
    rounds(desk, queue=queues.connect("redis://127.0.0.1:1/0")).tick()
    rounds(desk).tick()
    assert rung(desk) == 1


def test_while_nothing_leaves_the_house_no_further_turn_is_dealt(desk: Desk) -> None:
    bring(desk, *people(30), ask=True)
    for _ in range(20):
        desk.clock.advance(61)
        rounds(desk, 60).tick()
    assert turns(desk) == invitation_rounds.MINUTES_AHEAD, "no worker wrote them"
    work(desk, times=20, per_hour=60)
    assert len(invited(desk)) == invitation_rounds.MINUTES_AHEAD, "no way out took them"
    send(desk)
    work(desk, times=3, per_hour=60)
    assert len(invited(desk)) == invitation_rounds.MINUTES_AHEAD + 3


def test_a_large_list_lets_a_small_one_of_another_publication_through(desk: Desk) -> None:
    second_publication(desk)
    bring(desk, *people(30), ask=True)
    bring(desk, *people(2, "small"), publication="tide", ask=True)
    work(desk, per_hour=240)
    assert sorted(invited(desk)) == ["r0@example.org", "r1@example.org", "small0@example.org", "small1@example.org"]


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_was_wrong_by_a_day_holds_nothing_up(desk: Desk, days: int) -> None:
    bring(desk, *people(3), ask=True)
    desk.clock.advance(days * 86_400)
    rounds(desk, 60).tick()
    desk.clock.advance(-days * 86_400)
    work(desk, times=2, per_hour=60)
    assert len(invited(desk)) >= 2


def test_a_round_without_anybody_in_line_writes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(desk, *people(3))

    def refuse() -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(desk.database, "write", refuse)
    rounds(desk).tick()


def test_the_room_is_counted_again_where_turns_are_dealt(desk: Desk) -> None:
    """Between the look and the deal another scheduler may have dealt."""
    bring(desk, *people(10), ask=True)

    class Late(InvitationRounds):
        def _deal(self, now):  # type: ignore[no-untyped-def]
            with desk.database.write() as session:
                session.execute(update(Invitation).where(Invitation.id < 3).values(turn_at=now))
            return super()._deal(now)

    Late(desk.database, desk.clock, desk.queue, 120).tick()
    assert turns(desk) == 2


def test_a_round_looks_at_no_more_rows_however_many_wait_or_were_asked(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    looks = [0, 0]
    for n, number in enumerate((10, 2000)):
        crowd(desk, number, waiting=False)
        crowd(desk, number, waiting=True)
        desk.clock.advance(3700)
        with looking(desk.database, "invitations") as looked:
            rounds(desk, 300).tick()
            rounds(desk, 300).tick()
        looks[n] = looked[0]
        write(desk)
        send(desk)
    assert looks[1] < 3 * looks[0] + 100


def crowd(desk: Desk, number: int, *, waiting: bool) -> None:
    """Put people in line, or say that they were asked two days ago, by hand."""
    now = desk.clock.now()
    with desk.database.write() as session:
        subscription = session.scalars(select(Subscription.id).limit(1)).one()
        before = None if waiting else now - timedelta(days=2)
        for _ in range(number):
            row = Invitation(address_hash=secrets.token_bytes(32), publication_id=desk.publication_id, queued_at=now)
            row.subscription_id, row.turn_at, row.invited_at = subscription, before, before
            session.add(row)
    if desk.database.is_postgresql:
        with desk.database.own_connection() as connection, connection.begin():
            connection.execute(text("ANALYZE invitations"))
