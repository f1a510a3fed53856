"""Note when each answer was read: the ledger keeps that moment, not the one of its own commit. And watch out for refusals."""

from __future__ import annotations

from datetime import datetime

from newsletter.clock import Clock
from newsletter.delivery.watching import Watch
from newsletter.mail.envelope import Accepted, Outcome
from newsletter.transports.base import SendWitness


class Listener:
    """A witness between the transport and another one; `moments` holds by delivery id when its answer was read."""

    def __init__(self, witness: SendWitness, clock: Clock, watch: Watch) -> None:
        self.moments: dict[int, datetime] = {}
        self.wrote = witness.wrote
        self._heard = witness.heard
        self._now = clock.now
        self._watch = watch

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Note the moment and pass the answer on."""
        self.moments[delivery_id] = self._now()
        self._heard(delivery_id, outcome)
        if type(outcome) is not Accepted or self._watch.on_guard:
            self._watch.heard(delivery_id, outcome, len(self.moments))
