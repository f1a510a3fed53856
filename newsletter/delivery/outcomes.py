"""From what a server said to what the ledger says. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from newsletter.delivery.retrying import RetryPolicy
from newsletter.mail.envelope import Accepted, Deferred, Held, Outcome, Refused, Unknown, Unsent
from newsletter.model.states import DeliveryState
from newsletter.store.delivery.outcomes import HELD, Settled

NAMES: dict[type[object], str] = {Deferred: "deferred", Refused: "refused", Held: HELD, Unknown: "unknown"}
"""Outcomes that are kept as attempts, by the word they are kept under."""
UNSENT_AT_ONCE = 3
"""So many tries that never reached a server are made without waiting; from then on they count as deferrals."""
EXPIRED = "4.4.7"
"""RFC 3463 section 3.5: delivery time expired."""

_STATES: dict[type[object], DeliveryState] = {
    Accepted: DeliveryState.SUBMITTED,
    Refused: DeliveryState.REJECTED,
    Unknown: DeliveryState.UNCERTAIN,
    Unsent: DeliveryState.QUEUED,
}


def settler(
    now: datetime, *, planned_at: datetime, policy: RetryPolicy, chance: random.Random
) -> Callable[[int, int, Outcome], Settled]:
    """Return a function of (delivery id, attempts before, outcome) that says what to write."""

    def deferred(delivery_id: int, attempts: int, code: int | None, status: str, reply: str) -> Settled:
        again = policy.next_attempt(attempts + 1, now, planned_at=planned_at, chance=chance)
        if again is None:
            why = f"given up after {policy.max_age}: {reply}"
            return Settled(delivery_id, DeliveryState.REJECTED, code, EXPIRED, why)
        return Settled(delivery_id, DeliveryState.DEFERRED, code, status or None, reply, again)

    def settle(delivery_id: int, attempts: int, outcome: Outcome) -> Settled:
        match outcome:
            case Deferred(code, status, reply):
                return deferred(delivery_id, attempts, code, status, reply)
            case Unsent(reply, True) if reply and attempts >= UNSENT_AT_ONCE:
                # a message that breaks each connection it is offered on must not be offered for ever
                return deferred(delivery_id, attempts, None, "", reply)
            case Accepted(code, status, reply) | Refused(code, status, reply):
                return Settled(delivery_id, _STATES[type(outcome)], code, status or None, reply)
            case Held(code, status, reply):  # about us: the words are kept, and no try is counted
                return Settled(delivery_id, DeliveryState.QUEUED, code, status or None, reply)
            case Unsent(_, False):  # the way out is why: nothing is held against the message
                return Settled(delivery_id, DeliveryState.QUEUED)
            case Unknown(reply) | Unsent(reply):
                return Settled(delivery_id, _STATES[type(outcome)], reply=reply or None)

    return settle
