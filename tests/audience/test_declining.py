"""No to an invitation is no for good: by the link in the mail, whenever it is pressed."""

from __future__ import annotations

import pytest

from newsletter.audience import confirming, declining, erasure
from newsletter.errors import TokenError
from newsletter.model.states import SubscriptionState
from newsletter.tokens import Purpose
from tests.audience.conftest import READER, Desk
from tests.audience.waiting_list import bring, decline, invited, link, work
from tests.parts.actors import OPERATOR


def asked(desk: Desk) -> str:
    bring(desk, READER, ask=True)
    work(desk)
    return link(desk)


def look_up(desk: Desk, token: str) -> declining.Declined:
    return declining.Declining(desk.database, desk.clock, desk.signer).look_up(token)


def test_a_no_ends_it_and_no_list_brings_the_address_back(desk: Desk) -> None:
    token = asked(desk)
    assert look_up(desk, token).already is False
    done = decline(desk, token)
    assert (done.already, done.masked_address) == (False, "r…@example.org")
    assert desk.state() is SubscriptionState.UNSUBSCRIBED
    assert decline(desk, token).already is True
    assert desk.actions() == ["imported", "invited", "unsubscribed"]
    bring(desk, READER, confirmed=True)
    bring(desk, READER, ask=True)
    work(desk, times=2)
    assert (desk.state(), invited(desk)) == (SubscriptionState.UNSUBSCRIBED, [READER])
    with pytest.raises(TokenError, match="no longer counts"):
        desk.confirm(token)


def test_a_no_counts_after_any_time_and_after_a_yes(desk: Desk) -> None:
    token = asked(desk)
    desk.confirm(token)
    desk.clock.advance(400 * 86_400)
    decline(desk, token)
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_who_said_no_may_come_back_by_the_form(desk: Desk) -> None:
    decline(desk, asked(desk))
    desk.clock.advance(5)
    desk.join()
    assert desk.state() is SubscriptionState.ACTIVE


def test_the_link_of_another_confirmation_says_no_while_it_counts(desk: Desk) -> None:
    desk.subscribe()
    token = desk.token()
    desk.clock.advance(confirming.CONFIRM_SECONDS + 1)
    with pytest.raises(TokenError, match="expired"):
        decline(desk, token)
    desk.clock.advance(-60)
    decline(desk, token)
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_a_token_nobody_was_sent_is_refused(desk: Desk) -> None:
    token = asked(desk)
    for wrong in ("", "A" * 30, desk.signer.issue_timed(Purpose.FORM, 1, desk.clock.now())):
        with pytest.raises(TokenError):
            decline(desk, wrong)
    with pytest.raises(TokenError, match="no longer know"):
        decline(desk, desk.signer.issue_timed(Purpose.CONFIRM, 4_000, desk.clock.now()))
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    assert look_up(desk, token).masked_address == ""
