"""The scheduler loop: a round of the engine every half second. Safe to run twice: a row lease lets one of them work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from newsletter.delivery.engine import SCHEDULER, Engine
from newsletter.delivery.stepping_aside import CLOCK
from newsletter.errors import NewsletterError, QueueError
from newsletter.holder import holder
from newsletter.logs import outage
from newsletter.queue import Queue
from newsletter.store.delivery import leases

log = structlog.get_logger(__name__)

ROUND_SECONDS = 0.5


def run(
    engine: Engine,
    ending: threading.Event,
    *,
    after: Sequence[Callable[[], None]] = (),
    round_seconds: float = ROUND_SECONDS,
) -> None:
    """Tick until `ending` is set; the other rooms' rounds (`after`) follow each one that this process led, a heartbeat each that went well."""
    while not ending.is_set():
        try:
            if engine.tick():
                for step in after:
                    step()
            engine.scheduler_pulse.beat(trouble_of(engine.queue) or engine.fitness.why(CLOCK))
        except NewsletterError as error:
            log.warning("scheduler round failed", error=str(error), **outage(error))
        except Exception:
            # In a service of one process this is a thread: with it everything would stand still, and nobody would know.
            log.exception("scheduler round failed for a reason nobody foresaw")
        ending.wait(round_seconds)
    _give_up(engine)
    engine.scheduler_pulse.end()


def trouble_of(queue: Queue) -> str:
    """Say why a process that needs the broker cannot work; empty when the broker answers."""
    try:
        queue.check()
    except QueueError as error:
        return f"{error.what}; {error.remedy}" if error.remedy else error.what
    return ""


def _give_up(engine: Engine) -> None:
    try:
        with engine.database.write() as session:
            leases.give_up(session, SCHEDULER, holder(), engine.clock.now())
    except NewsletterError as error:
        log.warning("cannot give up the scheduler's lease", error=str(error), **outage(error))
