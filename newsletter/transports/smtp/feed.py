"""The envelopes of one `send()` call, pulled as connections have room, and their outcomes.

They are pulled by the thread that talks: handing each over from another thread would cost the interpreter's lock, twice a
message, which is more than composing it. So an envelope exists only while it is on the wire, or when one more connection
is to be opened for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unsent
from newsletter.transports.base import SendWitness

MOST_TRIES = 2
"""How many connections a message may break, as far as one can tell, before it is `Unsent`."""


class InFlight:
    """One envelope on its way through a connection."""

    __slots__ = ("_feed", "_tries", "envelope")

    def __init__(self, envelope: Envelope, feed: EnvelopeFeed) -> None:
        self.envelope = envelope
        self._feed = feed
        self._tries = 0

    def wrote(self) -> bool:
        """Say that the final dot is about to be written; False when the witness could not take it: write nothing."""
        return self._feed.wrote(self)

    def settle(self, outcome: Outcome, *, heard: bool) -> None:
        """Record the outcome; `heard` when a server's reply is what it rests on."""
        self._feed.settle(self, outcome, heard=heard)

    def give_back(self, why: str, *, blamed: bool) -> None:
        """The message provably did not go out: let another connection try, unless it is to blame for two that broke."""
        self._tries += blamed
        if self._tries >= MOST_TRIES:
            self.settle(Unsent(why), heard=False)
        elif self._feed.stopped:
            self.settle(Unsent(why, counts=False), heard=False)
        else:
            self._feed.take_back(self)


class EnvelopeFeed:
    """One call's envelopes and outcomes. Lives on the loop's thread; the caller only waits."""

    def __init__(self, envelopes: Iterable[Envelope], witness: SendWitness) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.error: TransportError | None = None
        self.failure: Exception | None = None  # of the iterable, or of the witness
        self.offered = 0
        self.stopped = False
        self._envelopes = iter(envelopes)
        self._witness = witness
        self._waiting: deque[InFlight] = deque()
        self._under_way = 0
        self._exhausted = False
        self._done = threading.Event()

    def wait_until_done(self) -> None:
        """Wait until every envelope has its outcome; for the calling thread."""
        self._done.wait()

    def take(self) -> InFlight | None:
        """Return the next envelope, if there is one."""
        passage = self._waiting.popleft() if self._waiting else self._pull()
        if passage is not None:
            self._under_way += 1
            self.offered += 1
        return passage

    def look_ahead(self, most: int) -> int:
        """Return how many envelopes wait, `most` at most, pulling those that must be there to be counted."""
        while len(self._waiting) < most and (passage := self._pull()) is not None:
            self._waiting.append(passage)
        return min(len(self._waiting), most)

    def take_back(self, passage: InFlight) -> None:
        """Put a passage back to the head."""
        self._under_way -= 1
        self._waiting.appendleft(passage)

    def wrote(self, passage: InFlight) -> bool:
        """Tell the witness; False when it failed."""
        try:
            self._witness.wrote(passage.envelope.delivery_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the caller of send()
            self._fail(error, "the witness failed")
            return False
        return True

    def settle(self, passage: InFlight, outcome: Outcome, *, heard: bool) -> None:
        """Record an outcome of a passage under way."""
        delivery_id = passage.envelope.delivery_id
        self.outcomes[delivery_id] = outcome
        self._under_way -= 1
        if heard:
            try:
                self._witness.heard(delivery_id, outcome)
            except Exception as error:  # noqa: BLE001 - as above
                self._fail(error, "the witness failed")
        if self._exhausted:
            self.finish_if_done()

    def stop(self, why: str, error: TransportError | None = None) -> None:
        """Pull nothing more and send nothing that waits; what is under way finishes."""
        if not self.stopped:
            self.error = error
            self.stopped = self._exhausted = True
        while self._waiting:
            self.outcomes[self._waiting.popleft().envelope.delivery_id] = Unsent(why, counts=False)
        self.finish_if_done()

    def acquit(self) -> None:
        """The server breaks every connection: what broke some since its last answer was not to blame."""
        for delivery_id, outcome in reversed(list(self.outcomes.items())):
            if isinstance(outcome, Accepted | Deferred | Refused):
                return
            if isinstance(outcome, Unsent):
                self.outcomes[delivery_id] = Unsent(outcome.reply, counts=False)

    def finish_if_done(self) -> None:
        """Let the caller go when every envelope has its outcome."""
        if self._exhausted and not self._under_way and not self._waiting:
            self._done.set()

    @property
    def done(self) -> bool:
        """Whether the caller was let go."""
        return self._done.is_set()

    def _pull(self) -> InFlight | None:
        if self._exhausted:
            return None
        try:
            envelope = next(self._envelopes, None)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error, "composing failed")
            return None
        if envelope is None:
            self._exhausted = True
            self.finish_if_done()
            return None
        return InFlight(envelope, self)

    def _fail(self, error: Exception, what: str) -> None:
        self.failure = self.failure or error
        self.stop(f"{what}: {error}")
