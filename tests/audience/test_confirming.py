"""Only the reader's own confirmation counts, and it counts once."""

from __future__ import annotations

import pytest

from newsletter.audience import confirming, erasure
from newsletter.audience.reader import read_reader
from newsletter.errors import ConflictError, TokenError
from newsletter.model.states import SubscriptionState
from newsletter.publications.creating import Creating, PublicationChange
from newsletter.store.audience import consents, subscribers, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.tokens import Purpose
from tests.audience.conftest import READER, Desk, at_once
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication


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
    found = small_desk.look_up(small_desk.token())
    assert (found.publication.slug, found.already) == ("harbour", False)
    assert small_desk.state() is SubscriptionState.PENDING


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
    small_desk.clock.advance(confirming.CONFIRM_SECONDS + 1)
    with pytest.raises(TokenError, match="expired"):
        small_desk.confirm(small_desk.token())
    assert small_desk.state() is SubscriptionState.PENDING


def test_confirming_lifts_a_suppression_for_bounces_and_says_so(desk: Desk) -> None:
    desk.join()
    desk.suppressing.suppress(READER, reason="mailboxfull", by=OPERATOR)
    desk.unsubscribe(desk.deliver())
    desk.subscribe()
    desk.confirm(desk.token())
    assert desk.suppressing.listing() == []
    assert desk.actions()[-2:] == ["confirmed", "lifted"]


def test_a_complaint_about_one_publication_is_taken_back_by_confirming(small_desk: Desk) -> None:
    small_desk.subscribe()
    small_desk.suppressing.suppress(READER, publication_id=small_desk.publication_id, reason="complaint", by=OPERATOR)
    small_desk.confirm(small_desk.token())
    assert small_desk.suppressing.listing() == []


@pytest.mark.parametrize("reason", ["manual", "complaint"])
def test_confirming_does_not_overrule_the_publisher(small_desk: Desk, reason: str) -> None:
    small_desk.subscribe()
    small_desk.suppressing.suppress(READER, reason=reason, by=OPERATOR)
    with pytest.raises(ConflictError) as caught:
        small_desk.confirm(small_desk.token())
    assert "notes@harbour.example" in caught.value.remedy
    assert small_desk.state() is SubscriptionState.PENDING


def test_a_link_to_someone_forgotten_is_refused(small_desk: Desk) -> None:
    small_desk.subscribe()
    token = small_desk.token()
    erasure.forget(small_desk.database, clock=small_desk.clock, address=READER, by=OPERATOR)
    with pytest.raises(TokenError):
        small_desk.confirm(token)


def test_two_confirmations_at_once_leave_one_record(desk: Desk) -> None:
    desk.subscribe()
    token = desk.token()
    outcomes: list[bool] = []
    at_once(lambda: outcomes.append(desk.confirm(token).already), times=4)
    assert sorted(outcomes) == [False, True, True, True]
    assert desk.actions() == ["asked", "confirmed"]


def welcomes(desk: Desk) -> list[str]:
    """To whom a welcome is owed."""
    return [notice.to_address for notice in desk.notices() if notice.kind == "welcome"]


def test_who_confirms_is_owed_one_welcome_whatever_is_pressed_twice(desk: Desk) -> None:
    desk.subscribe()
    assert welcomes(desk) == []
    token = desk.token()
    at_once(lambda: desk.confirm(token), times=4)
    desk.confirm(token)
    assert welcomes(desk) == [READER]
    desk.join("other@example.org")
    assert welcomes(desk) == [READER, "other@example.org"]


def test_two_forms_and_two_links_lead_to_one_welcome(small_desk: Desk) -> None:
    small_desk.subscribe()
    first = small_desk.token()
    small_desk.subscribe(ip="192.0.2.8")
    for token in (small_desk.token(), first):
        small_desk.confirm(token)
    assert welcomes(small_desk) == [READER]


def test_who_left_and_comes_back_is_not_welcomed_again(desk: Desk) -> None:
    desk.join()
    desk.unsubscribe(desk.deliver())
    desk.subscribe()
    desk.confirm(desk.token())
    assert desk.state() is SubscriptionState.ACTIVE
    assert welcomes(desk) == [READER]


def test_a_confirmation_that_lifts_a_bounce_is_no_newcomers(small_desk: Desk) -> None:
    small_desk.join()
    small_desk.suppressing.suppress(READER, reason="mailboxfull", by=OPERATOR)
    small_desk.subscribe()
    assert small_desk.confirm(small_desk.token()).already is False
    assert welcomes(small_desk) == [READER]


@pytest.mark.parametrize("state", [SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED])
def test_who_came_by_a_list_is_not_welcomed_by_it_nor_when_they_come_back(desk: Desk, state: SubscriptionState) -> None:
    import_one(desk, state)
    assert welcomes(desk) == []
    if state is SubscriptionState.ACTIVE:
        desk.unsubscribe(desk.deliver())
    desk.subscribe()
    desk.confirm(desk.token())
    assert desk.state() is SubscriptionState.ACTIVE
    assert welcomes(desk) == []


def test_who_came_pending_by_a_list_and_confirms_is_welcomed(desk: Desk) -> None:
    import_one(desk, SubscriptionState.PENDING)
    assert welcomes(desk) == []
    desk.subscribe()
    desk.confirm(desk.token())
    assert welcomes(desk) == [READER]


def import_one(desk: Desk, state: SubscriptionState) -> None:
    """Store a reader as a list tells of them."""
    now, person = desk.clock.now(), read_reader(READER)
    with desk.database.write() as session:
        [subscriber_id] = subscribers.ensure(session, [person], now).values()
        [added] = subscriptions.add_missing(session, desk.publication_id, [subscriber_id], state, now).values()
        consents.add(session, [added], ConsentAction.IMPORTED, at=now)
        if state is SubscriptionState.UNSUBSCRIBED:
            consents.add(session, [added], ConsentAction.UNSUBSCRIBED, at=now)


def test_a_publication_that_welcomes_nobody_owes_nothing_then_or_later(small_desk: Desk) -> None:
    Creating(small_desk.database, small_desk.clock).change(
        id_of_publication(small_desk.database, "harbour"), PublicationChange(welcomes=False), by=OPERATOR
    )
    small_desk.join()
    Creating(small_desk.database, small_desk.clock).change(
        id_of_publication(small_desk.database, "harbour"),
        PublicationChange(welcomes=True, name="Harbour Notes"),
        by=OPERATOR,
    )
    assert small_desk.confirm(small_desk.token()).already
    assert welcomes(small_desk) == []
    small_desk.join("other@example.org")
    assert welcomes(small_desk) == ["other@example.org"]


def test_a_confirmation_that_is_refused_owes_nothing(small_desk: Desk) -> None:
    small_desk.subscribe()
    small_desk.suppressing.suppress(READER, reason="manual", by=OPERATOR)
    with pytest.raises(ConflictError):
        small_desk.confirm(small_desk.token())
    assert welcomes(small_desk) == []
