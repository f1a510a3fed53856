"""What a transport promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from newsletter.errors import TransportError
from newsletter.mail.envelope import Deferred, Envelope, Outcome, Refused


class SendWitness(Protocol):
    """Told of each message at the two moments that matter after a crash. Called from one thread at a time; must be quick."""

    def wrote(self, delivery_id: int) -> None:
        """The next octets written may complete this message: from here on its fate is the server's."""
        ...

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """The reply to this message was read."""
        ...


class TurnedAway(TransportError):  # noqa: N818 - what it says
    """The way out answers, and takes nothing from us, or nothing of this letter: `answer` says why, and names no reader."""

    def __init__(self, what: str, answer: Refused | Deferred, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.answer = answer


class OutOfReach(TransportError):  # noqa: N818 - what it says
    """From this machine nothing leads to the way out, for a reason that others need not share: no name server, no route, a full table of files."""


CLOSE_SECONDS = 3.0
"""How long closing may take when nobody is in a hurry."""


class Transport(Protocol):
    """One way out. Safe to use from several threads; connections are kept between calls."""

    name: str

    def send(self, envelopes: Iterable[Envelope], witness: SendWitness) -> dict[int, Outcome]:
        """Send each envelope and return the outcome by delivery id; blocks until all are known.

        Envelopes are pulled as connections have room, so a generator composes while the wire is busy;
        by whichever thread talks, one at a time, so that it must not hold what belongs to the calling one. Every pulled
        envelope has an outcome. When the way out is down, what was pulled and not written is `Unsent`, the rest of the
        iterable is left alone; nothing is raised unless not a single envelope could be offered (TransportError; OutOfReach
        when that is no fault of the way).
        """
        ...

    def find(self) -> None:
        """See that the way out lies within reach of this machine; nothing is sent. Raises OutOfReach."""
        ...

    def close(self, within: float = CLOSE_SECONDS) -> None:
        """Close kept connections politely; what is under way has about `within` seconds to be answered."""
        ...
