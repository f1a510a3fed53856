"""One soak from its first process to its verdict."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from newsletter.bench.soak import judging
from newsletter.bench.soak.applying import apply, pace_for, seconds_of
from newsletter.bench.soak.case import SoakCase
from newsletter.bench.soak.faults import BY_KEY, FAULTS, Fault
from newsletter.bench.soak.figures import Figures, count_between
from newsletter.bench.soak.memory import Growth
from newsletter.bench.soak.rig import Rig, service
from newsletter.cli.printing import aside
from newsletter.errors import InputError, UnavailableError
from newsletter.store import rehearsed

_BEGIN_SECONDS = 300.0
_SLOWEST_AT_FULL_SPEED = 100.0
_END_SECONDS = 300.0
_LOOK_SECONDS = 2.0


@dataclass
class Soak:
    """What a soak found; `wrongs` is empty when all is well. Rates are mails a second, `load` is that of the machine (one minute)."""

    case: SoakCase
    seconds: float
    full_speed: float
    figures: list[Figures]
    count: judging.Count
    sums: dict[str, int | str]
    growths: list[Growth]
    doubts_allowed: int
    load: list[float]
    left_out: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)


def chosen(case: SoakCase) -> tuple[list[Fault], list[str]]:
    """Return the faults of a case as its seed deals them, and the names of those that cannot be done to servers of others. Raises InputError.

    What comes last in the table comes last.
    """
    unknown = [name for name in case.faults if name not in BY_KEY]
    if unknown:
        raise InputError(
            f"there is no fault {unknown[0]!r}", where="--faults", remedy=f"there are: {', '.join(BY_KEY)}"
        )
    named = [fault for fault in FAULTS if not case.faults or fault.key in case.faults]
    others = {"postgres": bool(case.database_url), "valkey": bool(case.redis_url)}
    left_out = [fault.name for fault in named if others.get(fault.needs)]
    faults = [fault for fault in named if fault.name not in left_out]
    if case.seed and faults:
        *dealt, last = faults
        random.Random(case.seed).shuffle(dealt)  # noqa: S311 - a game, not a secret
        faults = [*dealt, last]
    return faults, left_out


def run(case: SoakCase) -> Soak:
    """Send an issue under each fault of a case, and judge. Raises UnavailableError when a part does not come up, InputError when a fault is unknown."""
    faults, left_out = chosen(case)
    with _ended_by_signals(), service(case) as rig:
        _begin(rig)
        load = [os.getloadavg()[0]]
        figures = []
        for number, fault in enumerate(faults):
            rig.is_alive()
            rig.slow_to(pace_for(rig, seconds_of(faults[number:])))
            aside(f"{fault.name}: {len(rig.receiver.look().readers):,} of {case.deliveries:,} mails taken before it")
            figures.append(apply(rig, fault, seconds_of(faults[number + 1 :])))
            aside(f"  {figures[-1]}")
            load.append(os.getloadavg()[0])
        full_speed = _finish(rig)
        _stop(rig)
        return _judged(rig, faults, figures, full_speed, [*load, os.getloadavg()[0]], left_out)


def _begin(rig: Rig) -> None:
    rig.slow_to(max(rig.case.deliveries / 1000, 10))
    every = [*range(1, rig.case.hosts + 1)]
    if not rig.wait_for(lambda: all(rig.receiver.look().hosts.count(n) for n in every), _BEGIN_SECONDS):
        raise UnavailableError(f"not every host sends after {_BEGIN_SECONDS:.0f} s", where="bench soak")


def _finish(rig: Rig) -> float:
    """Let the rest go as fast as it can; return mails a second until nearly all were taken."""
    began, before = time.monotonic(), len(rig.receiver.look().readers)
    rig.slow_to(0)
    left = rig.case.deliveries - before
    nearly = before + left * 9 // 10
    rig.wait_for(lambda: len(rig.receiver.look().readers) >= nearly, left / _SLOWEST_AT_FULL_SPEED + _END_SECONDS)
    record = rig.receiver.look()
    last = record.moments[-1]
    speed = count_between(record, began, last) / max(last - began, 0.001)
    rig.wait_for(lambda: _is_sent(rig), _END_SECONDS)
    return speed


def _is_sent(rig: Rig) -> bool:
    rig.rest(_LOOK_SECONDS)
    with rig.parts.database.read() as session:
        sums = rehearsed.sums(session, rig.issue_id)
    return sums["state"] == "sent" and not sums["open_batches"]


def _stop(rig: Rig) -> None:
    """End all politely. Raises UnavailableError when one had to be killed."""
    groups = {host.name: host.running for host in rig.hosts} | rig.others
    codes = {name: group.stop() for name, group in groups.items()}
    if any(code != 0 for code in codes.values()):
        raise UnavailableError(f"not all ended politely at SIGTERM: {codes}", where="bench soak")


def _judged(
    rig: Rig, faults: list[Fault], figures: list[Figures], full_speed: float, load: list[float], left_out: list[str]
) -> Soak:
    record = rig.receiver.look()
    found = judging.count(rig.case.deliveries, record.readers, rehearsed.outcomes(rig.parts.database, rig.issue_id))
    with rig.parts.database.read() as session:
        sums = rehearsed.sums(session, rig.issue_id)
    growths = rig.memory.growths()
    allowed = sum(fault.doubts * (rig.case.hosts if fault.hits == "all" else 1) for fault in faults)
    wrongs = judging.wrongs(found, sums, figures, growths, doubts_allowed=allowed, strange=record.strange)
    seconds = record.moments[-1] - record.moments[0]
    return Soak(rig.case, seconds, full_speed, figures, found, sums, growths, allowed, load, left_out, wrongs)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGINT end the soak as an exception does, once: nothing interrupts the tidying up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
