"""Threads that write opens and clicks: a test that leaves one running ends it with its ledger, so that it writes into no other test's.

A service ends its buffer when its web server does; a test that asks the application without starting it has no such moment.
"""

from __future__ import annotations

import threading

from newsletter.feedback.event_buffer import EventBuffer

NAME = "events"


def left_for(url: str) -> list[EventBuffer]:
    """Return the buffers whose threads still run for the ledger at `url`."""
    running = [getattr(thread, "_target", None) for thread in threading.enumerate() if thread.name == NAME]
    buffers = [getattr(target, "__self__", None) for target in running]
    return [each for each in buffers if isinstance(each, EventBuffer) and each._database.url == url]


def end_events(url: str) -> None:
    """End the buffers that still run for the ledger at `url`; what waits is written first."""
    for buffer in left_for(url):
        buffer.close()
