"""The moves of an issue and of a delivery: what is legal leads somewhere, and what a server took is never sent again."""

from __future__ import annotations

import pytest

from newsletter.errors import ConflictError
from newsletter.model.states import (
    DELIVERY_MOVES,
    ISSUE_MOVES,
    OPEN_DELIVERY_STATES,
    SUBSCRIPTION_MOVES,
    DeliveryState,
    IssueState,
    SubscriptionState,
    check_issue_move,
    check_subscription_move,
    sources_of,
)


def reachable(moves: dict, start: object) -> set:
    found, left = {start}, [start]
    while left:
        left += [state for state in moves[left.pop()] if state not in found and not found.add(state)]
    return found


def test_every_state_can_be_reached_from_the_first() -> None:
    assert reachable(ISSUE_MOVES, IssueState.DRAFT) == set(IssueState)
    assert reachable(DELIVERY_MOVES, DeliveryState.QUEUED) == set(DeliveryState)


def test_nobody_who_is_known_waits_to_be_asked_again() -> None:
    assert reachable(SUBSCRIPTION_MOVES, SubscriptionState.PENDING) == set(SubscriptionState)
    assert SubscriptionState.PENDING not in set().union(*SUBSCRIPTION_MOVES.values())
    for present in SubscriptionState:
        with pytest.raises(ConflictError, match="cannot become pending"):
            check_subscription_move(present, SubscriptionState.PENDING)


def test_what_a_server_took_never_comes_back_to_the_queue() -> None:
    for taken in ("submitted", "delivered", "bounced", "complained"):
        assert not reachable(DELIVERY_MOVES, DeliveryState(taken)) & OPEN_DELIVERY_STATES


def test_from_every_open_state_a_delivery_can_come_to_an_end() -> None:
    for state in OPEN_DELIVERY_STATES:
        assert reachable(DELIVERY_MOVES, state) - OPEN_DELIVERY_STATES


@pytest.mark.parametrize("present", IssueState)
@pytest.mark.parametrize("wanted", IssueState)
def test_an_issue_moves_as_the_table_says_and_else_is_told_where_it_may_go(
    present: IssueState, wanted: IssueState
) -> None:
    if wanted in ISSUE_MOVES[present]:
        check_issue_move(present, wanted)
        return
    with pytest.raises(ConflictError) as caught:
        check_issue_move(present, wanted)
    assert caught.value.remedy


def test_only_what_is_on_the_wire_or_in_doubt_becomes_submitted() -> None:
    assert sources_of(DeliveryState.SUBMITTED) == {DeliveryState.SUBMITTING, DeliveryState.UNCERTAIN}
