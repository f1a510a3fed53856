"""Mail that goes nowhere: kept in memory, with the outcome a script says. For tests, rehearsals and benches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from newsletter.mail.envelope import Accepted, Envelope, Outcome
from newsletter.transports.base import CLOSE_SECONDS, SendWitness


class MemoryTransport:
    """`envelopes` holds what was accepted, oldest first; `script` may give another outcome, or raise TransportError."""

    name = "memory"
    kept = Accepted(250, "2.0.0", "kept in memory")

    def __init__(self, script: Callable[[Envelope], Outcome] | None = None) -> None:
        self.envelopes: list[Envelope] = []
        self._script = script
        self._lock = threading.Lock()

    def send(self, envelopes: Iterable[Envelope], witness: SendWitness) -> dict[int, Outcome]:
        """Keep each envelope and return the outcomes."""
        outcomes: dict[int, Outcome] = {}
        for envelope in envelopes:
            witness.wrote(envelope.delivery_id)
            outcome = self._script(envelope) if self._script else self.kept
            if isinstance(outcome, Accepted):
                with self._lock:
                    self.envelopes.append(envelope)
            witness.heard(envelope.delivery_id, outcome)
            outcomes[envelope.delivery_id] = outcome
        return outcomes

    def find(self) -> None:
        """There is nothing to reach."""

    def close(self, within: float = CLOSE_SECONDS) -> None:
        """Nothing to close."""
