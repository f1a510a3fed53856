"""Carry on a change of many readers until it is done: a process that a test kills."""

from __future__ import annotations

import sys

from newsletter.audience.changing_readers import ChangingReaders
from newsletter.clock import SystemClock
from newsletter.store.audience import reader_changes
from newsletter.store.database import Database


def main(url: str, change_id: str, length: str) -> None:
    """Work at a change in ranges of so many ids."""
    reader_changes.RANGE = int(length)
    database = Database(url)
    changing = ChangingReaders(database, SystemClock())
    print("at work", flush=True)
    while not changing.carry_on(int(change_id), steps=1):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
