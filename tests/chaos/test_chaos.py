"""Kill it at any moment: nothing is lost, nothing is doubled, and what cannot be known is named.

The short form runs with the suite; `make chaos` runs the long one (10,000 readers, 20 kills). `NEWSLETTER_CHAOS_SEED` chooses who
is killed, and in what order the faults come. A fault that did not happen while mail was under way fails the test, too.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.comparing import ENDS, faults, sums
from tests.chaos.rig import ALONE, SERVICE, Rig
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.long_form import LONG
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer
from tests.parts.waiting import comes_true

SEED = int(os.environ.get("NEWSLETTER_CHAOS_SEED", "1"))
DOWN_SECONDS = 10 if LONG else 3
FROM_OUTSIDE = [
    "dropped after the dot",
    "451, then taken",
    "421 in the middle",
    "receiver down",
    "left before the claim",
]
"""Faults that any service meets, whatever it is made of."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def receiver(stack: ExitStack, readers: int) -> FaultySmtp:
    """A receiver with every fault of its own, so often that each comes several times."""
    found = FaultySmtp(
        Faults(defer_every=7, drop_after_dot_every=readers // 9 + 1, close_421_every=readers // 25 + 1, pause=0.02)
    )
    stack.callback(found.stop)
    return found


def service(stack: ExitStack, folder: Path) -> Rig:
    """Workers under one parent and two schedulers, on PostgreSQL and Valkey."""
    postgres, valkey = PostgresServer(), ValkeyServer()
    stack.callback(postgres.stop)
    stack.callback(valkey.stop)
    readers = 10_000 if LONG else 1200
    return begun(stack, Rig(receiver(stack, readers), folder, readers, SEED, SERVICE, postgres=postgres, valkey=valkey))


def alone(stack: ExitStack, folder: Path, uncertain: str) -> Rig:
    """One process on SQLite."""
    readers = 4000 if LONG else 700
    return begun(stack, Rig(receiver(stack, readers), folder, readers, SEED, ALONE, uncertain))


def begun(stack: ExitStack, rig: Rig) -> Rig:
    """Start it and wait for the first messages."""
    rig.prepare()
    stack.callback(rig.database.close)
    stack.callback(rig.stop)
    rig.start()
    if comes_true(lambda: bool(rig.receiver.taken.accepted), within=180):
        return rig
    raise AssertionError([path.read_text()[-3000:] for path in rig.folder.glob("*.log")])


def torment(rig: Rig, kills: list[str], others: list[Callable[[], None]]) -> None:
    """Kill one after the other, a second or two apart, each followed by a goodbye and perhaps another fault."""
    rig.chance.shuffle(kills)
    others += [lambda: None] * (len(kills) - len(others))
    rig.chance.shuffle(others)
    for victim, disturb in zip(kills, others, strict=True):
        time.sleep(rig.chance.uniform(1, 2))
        rig.kill(victim)
        rig.let_someone_leave()
        disturb()


def told(rig: Rig, states: dict[str, int], expected: list[str]) -> dict[str, int]:
    """Print what happened; fail when a fault that was to be survived did not happen."""
    found, happened = sums(rig), faults(rig)
    print(json.dumps({"seed": SEED, "states": states, **found, "faults": happened}))
    assert [fault for fault in expected if not happened.get(fault)] == [], happened
    assert (
        happened["killed while it sent"]
        >= sum(happened.get(f"{who} killed", 0) for who in ("worker", "everything")) / 2
    )
    assert happened["killed under way"] == sum(n for fault, n in happened.items() if fault.endswith(" killed"))
    return found


@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_is_doubled_whatever_dies(stack: ExitStack, tmp_path: Path) -> None:
    rig = service(stack, tmp_path)
    kills = ["worker"] * 14 + ["scheduler"] * 6 if LONG else ["worker"] * 3 + ["scheduler"]
    often = 4 if LONG else 1
    torment(
        rig,
        kills,
        [rig.flush_valkey] * often
        + [rig.restart_valkey] * often
        + [rig.restart_postgres] * (often // 2 or 1)
        + [lambda: rig.shut_receiver(DOWN_SECONDS)],
    )
    states = rig.wait_until(lambda found: set(found) <= ENDS, 400 if LONG else 120)
    others = ["worker killed", "scheduler killed", "valkey flushed", "valkey restarted", "postgresql stopped"]
    found = told(rig, states, FROM_OUTSIDE + others + ["journals replayed"] * LONG)
    assert set(states) <= ENDS, states
    assert (found["lost"], found["doubled"], found["untold"], found["sent_to_leavers"]) == (0, 0, 0, 0), found
    assert found["uncertain"] <= found["uncertain_allowed"], found
    assert set(rig.stop()) == {0}, "and at the end all drain and leave politely"


@pytest.mark.timeout(900)
def test_one_process_on_sqlite_is_as_safe_to_kill(stack: ExitStack, tmp_path: Path) -> None:
    rig = alone(stack, tmp_path, "hold")
    torment(rig, ["everything"] * (8 if LONG else 3), [lambda: rig.shut_receiver(DOWN_SECONDS)])
    states = rig.wait_until(lambda found: set(found) <= ENDS, 200 if LONG else 90)
    found = told(rig, states, [*FROM_OUTSIDE, "everything killed"])
    assert set(states) <= ENDS, states
    assert (found["lost"], found["doubled"], found["untold"], found["sent_to_leavers"]) == (0, 0, 0, 0), found
    assert found["uncertain"] <= found["uncertain_allowed"], found


@pytest.mark.timeout(900)
def test_under_the_policy_resend_everyone_gets_it_and_no_copy_more_than_there_were_doubts(
    stack: ExitStack, tmp_path: Path
) -> None:
    rig = alone(stack, tmp_path, "resend")
    torment(rig, ["everything"] * (8 if LONG else 3), [lambda: rig.shut_receiver(DOWN_SECONDS)])
    states = rig.wait_until(lambda found: set(found) <= ENDS - {"uncertain"}, 200 if LONG else 120)
    found = told(rig, states, [*FROM_OUTSIDE, "everything killed"])
    assert set(states) <= {"submitted", "skipped"}, states
    assert found["named_uncertain"] > 0, "or the policy had nothing to do"
    assert (found["lost"], found["doubled_silently"], found["untold"], found["sent_to_leavers"]) == (0, 0, 0, 0), found
    assert len(set(rig.receiver.taken.recipients)) == states["submitted"]
