"""The envelopes of one `send()` call, on their way from the thread that composes to the thread that talks SMTP.

The calling thread pulls from its own iterable, so a generator may use what belongs to its thread (a database session), and
sign while the wire is busy. It runs ahead by at most `most` envelopes: that bounds memory. It waits until three quarters of
them are gone, so that threads change places once for many messages.
"""

from __future__ import annotations

import threading
from collections import deque

from newsletter.errors import TransportError
from newsletter.mail.envelope import Envelope, Outcome, Unsent
from newsletter.transports.base import Witness

MOST_TRIES = 2
"""How often a message is begun, when the connection goes away before its final dot, before it is `Unsent`."""


class Passage:
    """One envelope on its way through a connection."""

    __slots__ = ("_feed", "_tries", "envelope")

    def __init__(self, envelope: Envelope, feed: Feed) -> None:
        self.envelope = envelope
        self._feed = feed
        self._tries = 0

    def wrote(self) -> bool:
        """Say that the final dot is about to be written; False when the witness could not take it: write nothing."""
        return self._feed.wrote(self)

    def settle(self, outcome: Outcome, *, heard: bool) -> None:
        """Record the outcome; `heard` when a server's reply is what it rests on."""
        self._feed.settle(self, outcome, heard=heard)

    def give_back(self, why: str) -> None:
        """The message provably did not go out: let another connection try, unless it was tried enough."""
        self._tries += 1
        if self._tries >= MOST_TRIES or self._feed.stopped:
            self.settle(Unsent(why), heard=False)
        else:
            self._feed.take_back(self)


class Feed:
    """One call's envelopes and outcomes. Methods say which thread they belong to."""

    def __init__(self, witness: Witness, most: int) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.error: TransportError | None = None
        self.failure: Exception | None = None  # of the witness
        self.offered = 0
        self.stopped = False
        self._witness = witness
        self._most = most
        self._few = most // 4
        self._waiting: deque[Passage] = deque()
        self._under_way = 0
        self._ended = False
        self._why = ""
        self._ready, self._room, self._done = threading.Event(), threading.Event(), threading.Event()

    @property
    def backlog(self) -> int:
        """Envelopes that wait for a connection."""
        return len(self._waiting)

    # The calling thread.

    def wait_until_ready(self) -> bool:
        """Wait for a connection; False when there is none to be had."""
        self._ready.wait()
        return not self.stopped

    def put(self, envelope: Envelope) -> bool:
        """Hand over one envelope, waiting for room; False when no more should be pulled. It has an outcome either way."""
        while len(self._waiting) >= self._most and not self.stopped:
            self._room.clear()
            # Looked at again: room may have been made between the look and the clearing.
            if len(self._waiting) >= self._most and not self.stopped:
                self._room.wait()
        self._waiting.append(Passage(envelope, self))
        return not self.stopped

    def wait_until_done(self) -> None:
        """Wait until every envelope has its outcome."""
        self._done.wait()

    # The loop's thread.

    def be_ready(self) -> None:
        """There is a connection: envelopes may be pulled."""
        self._ready.set()

    def take(self) -> Passage | None:
        """Return the next envelope, if one waits."""
        if not self._waiting:
            return None
        passage = self._waiting.popleft()
        self._under_way += 1
        self.offered += 1
        if len(self._waiting) <= self._few and not self._room.is_set():
            self._room.set()
        return passage

    def take_back(self, passage: Passage) -> None:
        """Put a passage back to the head."""
        self._under_way -= 1
        self._waiting.appendleft(passage)

    def wrote(self, passage: Passage) -> bool:
        """Tell the witness; False when it failed."""
        try:
            self._witness.wrote(passage.envelope.delivery_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the caller of send()
            self._fail(error)
            return False
        return True

    def settle(self, passage: Passage, outcome: Outcome, *, heard: bool) -> None:
        """Record an outcome of a passage under way."""
        delivery_id = passage.envelope.delivery_id
        self.outcomes[delivery_id] = outcome
        self._under_way -= 1
        if heard:
            try:
                self._witness.heard(delivery_id, outcome)
            except Exception as error:  # noqa: BLE001 - as above
                self._fail(error)
        if self._ended:
            self.finish_if_done()

    def end(self) -> None:
        """Nothing more will be put."""
        self._ended = True
        if self.stopped:
            self._drop_waiting()
        self.finish_if_done()

    def stop(self, why: str, error: TransportError | None = None) -> None:
        """Send nothing that waits; what is under way finishes."""
        if not self.stopped:
            self.error = error
            self.stopped = True
            self._why = why
        self._drop_waiting()
        self._ready.set()
        self._room.set()

    def finish_if_done(self) -> None:
        """Let the caller go when every envelope has its outcome."""
        if self._ended and not self._under_way and not self._waiting:
            self._done.set()

    @property
    def done(self) -> bool:
        """Whether the caller was let go."""
        return self._done.is_set()

    def _drop_waiting(self) -> None:
        while self._waiting:
            self.outcomes[self._waiting.popleft().envelope.delivery_id] = Unsent(self._why)

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self.stop(f"the witness failed: {error}")
