"""Compare the ledger with what the receiver took."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from newsletter.model import Attempt, Delivery, Subscriber
from newsletter.model.states import DeliveryState
from tests.chaos.rig import CONNECTIONS, Rig

ENDS = {"submitted", "skipped", "uncertain"}
"""States a delivery may end in here: nobody is given up for our own faults, and the receiver refuses nobody for good."""


def sums(rig: Rig) -> dict[str, int]:
    """Count what went wrong and what was allowed to: nothing may be lost, nothing twice under hold, each doubt is named."""
    taken = rig.receiver.taken
    with rig.database.read() as session:
        rows = session.execute(
            select(Delivery.id, Delivery.state, Subscriber.address).join(
                Subscriber, Subscriber.id == Delivery.subscriber_id
            )
        ).all()
        unknown = Counter(session.scalars(select(Attempt.delivery_id).where(Attempt.outcome == "unknown")))
    state_of = {address: DeliveryState(state) for _, state, address in rows}
    tries_of = {address: unknown[delivery_id] for delivery_id, _, address in rows}
    seen = Counter(taken.recipients)
    kills = sum(rig.happened[f"{who} killed"] for who in ("worker", "everything"))
    named = (DeliveryState.SUBMITTED, DeliveryState.UNCERTAIN)
    return {
        "deliveries": len(rows),
        "lost": sum(state == DeliveryState.SUBMITTED and not seen[who] for who, state in state_of.items()),
        "doubled": sum(times > 1 for times in seen.values()),
        "untold": sum(state_of[who] not in named for who in seen),
        # more copies than doubts that were named before a further one was sent: never, under either policy
        "doubled_silently": sum(times > 1 + tries_of[who] for who, times in seen.items()),
        "uncertain": sum(state == DeliveryState.UNCERTAIN for state in state_of.values()),
        "named_uncertain": sum(unknown.values()),
        "uncertain_allowed": kills * CONNECTIONS + len(taken.silent) + taken.cut,
        "sent_to_leavers": len(rig.leavers & set(seen)),
    }


def faults(rig: Rig) -> dict[str, int]:
    """Count each fault that really happened."""
    taken = rig.receiver.taken
    return dict(rig.happened) | {
        "dropped after the dot": len(taken.silent),
        "connections cut": taken.cut,
        "451, then taken": len(taken.deferred & set(taken.recipients)),
        "421 in the middle": taken.closed,
        "journals replayed": rig.logged("replayed a journal"),
    }
