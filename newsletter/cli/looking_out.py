"""A web server looks out for whether anybody works: with all workers and schedulers gone there is nobody else to say so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 5.0
"""Seconds between two questions to the lookout, which looks less often by itself."""


@contextmanager
def looking_out(parts: Parts) -> Iterator[None]:
    """Look out while the body runs."""
    ending = threading.Event()
    thread = threading.Thread(target=_look, args=(parts, ending), name="lookout", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(_LOOK_SECONDS)


def _look(parts: Parts, ending: threading.Event) -> None:
    from newsletter.delivery.lookout import Lookout

    lookout = Lookout(parts.database, parts.clock, parts.queue, parts.renderer, parts.settings.base_url)
    while not ending.wait(_LOOK_SECONDS):
        try:
            if lookout.look():
                parts.alarms.tick()  # where the scheduler is gone nobody else tells of it by the second way
        except NewsletterError as error:
            log.warning("cannot look whether anybody works", error=str(error))
        except Exception:
            log.exception("looking out failed for a reason nobody foresaw")  # this thread must go on
