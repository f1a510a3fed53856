"""What an issue waits for is said in words."""

from __future__ import annotations

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome
from newsletter.transports.memory import MemoryTransport
from tests.delivery.test_judging import ISSUE, begun


def test_deferred_readers_are_told_with_the_moment_of_the_next_try(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def script(envelope: Envelope) -> Outcome:
        return Deferred(451, "4.3.0", "later") if envelope.delivery_id % 5 == 0 else Accepted(250, "", "ok")

    transport._script = script
    batches = begun(engine, 20)
    assert progress(engine.database, clock=clock, **ISSUE).waiting_why == "", "its batches may go at once"
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    why = progress(engine.database, clock=clock, **ISSUE).waiting_why
    assert why.startswith("4 are to be tried again, as their servers asked; the next ones at 2026-01-01 08:0")
    transport._script = None
    clock.advance(7200)
    assert progress(engine.database, clock=clock, **ISSUE).waiting_why == "", "their moment has come"
