"""Note when each answer was read: the ledger keeps that moment, not the one of its own commit."""

from __future__ import annotations

from datetime import datetime

from newsletter.clock import Clock
from newsletter.mail.envelope import Outcome
from newsletter.transports.base import Witness


class Listener:
    """A witness between the transport and another one; `moments` holds by delivery id when its answer was read."""

    def __init__(self, witness: Witness, clock: Clock) -> None:
        self.moments: dict[int, datetime] = {}
        self.wrote = witness.wrote
        self._heard = witness.heard
        self._now = clock.now

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Note the moment and pass the answer on."""
        self.moments[delivery_id] = self._now()
        self._heard(delivery_id, outcome)
