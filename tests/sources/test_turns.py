"""arXiv is asked one by one, three seconds apart, by all processes together."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import timedelta

import pytest

from newsletter.clock import SettableClock, SystemClock
from newsletter.sources.turns import APART, LONGEST_REQUEST, ArxivTurns, NoTurnError
from newsletter.store.database import Database


def test_turns_are_apart_whoever_takes_them(database: Database) -> None:
    clock = SystemClock()
    taken: list[tuple[float, float]] = []

    def take() -> None:
        with ArxivTurns(database, clock).turn(clock.monotonic() + 60):
            began = time.monotonic()
            clock.sleep(0.1)
            taken.append((began, time.monotonic()))

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    taken.sort()
    assert len(taken) == 3
    for (_, ended), (began, _) in itertools.pairwise(taken):
        assert began - ended >= APART.total_seconds() - 0.05


def test_who_gets_no_turn_in_time_is_told_and_one_who_was_killed_in_his_holds_nobody_up_for_long(
    database: Database, clock: SettableClock
) -> None:
    turns = ArxivTurns(database, clock)
    killed = turns.turn(clock.monotonic() + 1)
    killed.__enter__()
    with pytest.raises(NoTurnError), turns.turn(clock.monotonic() + 5):
        pass
    waited = clock.now()
    with turns.turn(clock.monotonic() + 60):
        assert clock.now() - waited < LONGEST_REQUEST + timedelta(seconds=1)
