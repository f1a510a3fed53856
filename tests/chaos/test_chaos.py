"""Kill it at any moment: nothing is lost, nothing is doubled, and what cannot be known is named.

The short form runs with the suite; `make chaos` runs the long one (10,000 readers, 20 kills, every fault).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rig import Rig, check_ledger
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer

LONG = os.environ.get("NEWSLETTER_CHAOS") == "long"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    postgres, valkey = PostgresServer(), ValkeyServer()
    faults = Faults(
        defer_every=7, drop_after_dot_every=997 if LONG else 199, close_421_every=311 if LONG else 101, pause=0.02
    )
    receiver = FaultySmtp(faults)
    rig = Rig(
        postgres,
        valkey,
        receiver,
        tmp_path,
        readers=10_000 if LONG else 600,
        seed=int(os.environ.get("NEWSLETTER_CHAOS_SEED", "1")),
    )
    rig.prepare()
    yield rig
    rig.stop()
    receiver.stop()
    valkey.stop()
    postgres.stop()


@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_doubled_whatever_dies(rig: Rig) -> None:
    rig.start()
    wait_until_sending(rig)
    for number in range(20 if LONG else 3):
        time.sleep(rig.chance.uniform(1, 2))
        rig.kill_one()
        rig.let_someone_leave()
        disturb(rig, number)
    states = rig.wait_until_ended(400 if LONG else 90)
    sums = check_ledger(rig)
    print(json.dumps({"states": states, **sums}))
    assert set(states) <= {"submitted", "skipped", "uncertain", "rejected"}, states
    assert (sums["lost"], sums["doubled"], sums["untold"], sums["sent_to_leavers"]) == (0, 0, 0, 0), sums
    assert sums["uncertain"] <= sums["uncertain_allowed"], sums
    assert "rejected" not in states, "nobody is given up for our own faults"


def wait_until_sending(rig: Rig) -> None:
    for _ in range(300):
        if rig.receiver.taken.accepted:
            return
        time.sleep(0.1)
    raise AssertionError((rig.folder / "worker.log").read_text()[-3000:])


def disturb(rig: Rig, number: int) -> None:
    """Hit a part other than ours now and then."""
    if number % 5 == 1:
        rig.valkey.flush()
    elif number % 5 == 2:
        rig.valkey.kill()
        rig.valkey.start()
    elif number % 10 == 3:
        rig.postgres.halt(immediate=True)
        time.sleep(0.5)
        rig.postgres.start()
    elif number == 14:
        rig.receiver.down()
        time.sleep(10)
        rig.receiver.up()
