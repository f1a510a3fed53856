"""A reader leaves by the link in any mail, at any time, and stays gone."""

from __future__ import annotations

import pytest

from newsletter.audience import erasure, unsubscribing
from newsletter.audience.said import Said
from newsletter.errors import ConflictError, TokenError
from newsletter.mail.address import address_hash
from newsletter.model.actor import reader
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents, subscriptions, suppressions
from newsletter.store.audience.consents import ConsentAction
from newsletter.tokens import Purpose
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def test_the_link_of_a_mail_ends_the_subscription_and_keeps_the_proof(desk: Desk) -> None:
    desk.join()
    standing = desk.unsubscribe(desk.deliver())
    assert (standing.active, standing.publication.slug) == (False, "harbour")
    assert desk.state() is SubscriptionState.UNSUBSCRIBED
    assert desk.actions() == ["asked", "confirmed", "unsubscribed"]


def test_leaving_again_changes_nothing(desk: Desk) -> None:
    desk.join()
    token = desk.deliver()
    desk.unsubscribe(token)
    assert desk.unsubscribe(token).active is False
    assert desk.actions().count("unsubscribed") == 1


def test_the_link_still_works_after_ten_years_and_from_any_issue(small_desk: Desk) -> None:
    small_desk.join()
    first = small_desk.deliver()
    small_desk.deliver()
    small_desk.clock.advance(10 * 365 * 86_400)
    assert small_desk.unsubscribe(first).active is False


def test_looking_at_the_page_changes_nothing_and_masks_the_address(small_desk: Desk) -> None:
    small_desk.join()
    standing = small_desk.preferences.look_up(small_desk.deliver())
    assert standing.active is True
    assert READER.partition("@")[0] not in standing.masked_address
    assert small_desk.state() is SubscriptionState.ACTIVE


def test_a_token_of_no_mail_or_for_something_else_is_refused(small_desk: Desk) -> None:
    small_desk.join()
    small_desk.deliver()
    for token in (
        small_desk.signer.issue(Purpose.UNSUBSCRIBE, 99),
        small_desk.signer.issue(Purpose.CLICK, 1),
        "forged",
    ):
        with pytest.raises(TokenError):
            small_desk.unsubscribe(token)
    assert small_desk.state() is SubscriptionState.ACTIVE


def test_the_link_of_someone_forgotten_tells_nothing(small_desk: Desk) -> None:
    small_desk.join()
    token = small_desk.deliver()
    erasure.forget(small_desk.database, clock=small_desk.clock, address=READER, by=OPERATOR)
    assert small_desk.unsubscribe(token).masked_address == ""


def _return(desk: Desk, token: str) -> unsubscribing.ReaderStanding:
    found = desk.preferences.look_up(token).subscription_id
    return desk.preferences.return_again(found, Said("address page", "192.0.2.1", "Send it again."), by=reader(found))


def test_one_press_takes_a_goodbye_back_and_keeps_the_words(desk: Desk) -> None:
    desk.join()
    token = desk.deliver()
    assert desk.unsubscribe(token).may_return is True
    for _ in range(2):
        assert _return(desk, token).active is True
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.actions() == ["asked", "confirmed", "unsubscribed", "confirmed"]
    assert desk.unsubscribe(token).active is False


def test_one_press_is_not_enough_long_after_the_goodbye(desk: Desk) -> None:
    desk.join()
    token = desk.deliver()
    desk.unsubscribe(token)
    desk.clock.advance(unsubscribing.RETURN.total_seconds() + 1)
    with pytest.raises(ConflictError, match="does not bring"):
        _return(desk, token)
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("reason", ["complaint", "manual", "userunknown", "imported"])
def test_nobody_who_is_suppressed_comes_back_by_a_link(desk: Desk, reason: str) -> None:
    desk.join()
    token = desk.deliver()
    desk.unsubscribe(token)
    with desk.database.write() as session:
        suppressions.add(
            session,
            address=READER,
            address_hash=address_hash(READER),
            publication_id=desk.publication_id,
            reason=reason,
            now=desk.clock.now(),
        )
    with pytest.raises(ConflictError):
        _return(desk, token)
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_nobody_who_complained_or_was_forgotten_comes_back_by_a_link(desk: Desk) -> None:
    desk.join()
    token = desk.deliver()
    desk.unsubscribe(token)
    with desk.database.write() as session:
        member = subscriptions.of_delivery(session, desk.signer.read(Purpose.UNSUBSCRIBE, token))
        assert member is not None
        consents.add(session, [member.subscription.id], ConsentAction.COMPLAINED, at=desk.clock.now())
    with pytest.raises(ConflictError):
        _return(desk, token)
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    with pytest.raises(ConflictError):
        _return(desk, token)
