"""Do one fault to the service: first it works, then it is hit, then somebody must be told, then it is mended and must be as before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from newsletter.bench.soak.faults import Fault
from newsletter.bench.soak.figures import Figures, count_between, recovered_after, standstill
from newsletter.bench.soak.rig import Rig

HEALTHY_SECONDS = 4.0
"""Of work as it should be before each fault: what "as before" is measured by."""
TELL_SECONDS = 150.0
"""Within which all that must be said is said, on a machine that has other work."""
RECOVER_SECONDS = 150.0
_SHARE = 0.85
_SLOWEST = 10.0


def seconds_of(faults: Iterable[Fault]) -> float:
    """Return how long faults are expected to take."""
    return sum(fault.expected + HEALTHY_SECONDS for fault in faults)


def pace_for(rig: Rig, seconds: float) -> float:
    """Return mails a second with which a share of what is left goes in so many seconds, so that there is work under each fault."""
    left = rig.case.deliveries - len(rig.receiver.look().readers)
    return max(left * _SHARE / max(seconds, 1.0), _SLOWEST)


def apply(rig: Rig, fault: Fault, further: float) -> Figures:
    """Apply one fault and return what it cost; others take `further` seconds after it. Raises UnavailableError when it cannot be applied or mended."""
    rig.rest(HEALTHY_SECONDS)
    only = rig.victim().number if fault.hits == "host" else 0
    began = time.monotonic()
    rate = count_between(rig.receiver.look(), began - HEALTHY_SECONDS, began, only=only) / HEALTHY_SECONDS
    pace = rig.pace
    fault.begin(rig)
    said, told_after = _told(rig, fault, began, further)
    rig.rest(began + fault.seconds - time.monotonic())
    mending = time.monotonic()
    fault.mend(rig)
    mended = time.monotonic()
    expected = rate * rig.pace / pace
    found: list[float] = []
    rig.wait_for(lambda: found or _recovered(rig, found, mended, expected, only), RECOVER_SECONDS)
    figures = _figures(rig, fault, began, mending, only)
    recovered = found[0] if found else None
    return replace(
        figures,
        mending=mended - mending,
        rate_before=rate,
        recovered=recovered,
        told_after=told_after,
        said=said,
        silent=len(fault.said) - len(said),
    )


def _told(rig: Rig, fault: Fault, began: float, further: float) -> tuple[tuple[str, ...], float | None]:
    """Ask until all that must be said is said; return the words, and the seconds it took, None when something was not."""
    deadline = time.monotonic() + TELL_SECONDS
    said: dict[int, str] = {}
    while len(said) < len(fault.said) and time.monotonic() < deadline:
        views = rig.operator.look()
        said |= {n: words for n, expected in enumerate(fault.said) if n not in said and (words := expected(views))}
        rig.slow_to(min(rig.pace, pace_for(rig, further + fault.expected)))  # it may take longer than expected
        rig.rest(0.5)
    return tuple(said[n] for n in sorted(said)), time.monotonic() - began if len(said) == len(fault.said) else None


def _recovered(rig: Rig, found: list[float], mended: float, rate: float, only: int) -> bool:
    after = recovered_after(rig.receiver.look(), mended, time.monotonic(), rate=rate, only=only)
    if after is not None:
        found.append(after)
    return bool(found)


def _figures(rig: Rig, fault: Fault, began: float, mending: float, only: int) -> Figures:
    record, now = rig.receiver.look(), time.monotonic()
    first = record.moments[0] if record.moments else began
    return Figures(
        fault.name,
        began=began - first,
        lasted=mending - began,
        standstill=standstill(record, began, now),
        meanwhile=count_between(record, began, mending, without=only),
        rate_before=0.0,
        recovered=None,
        refused=sum(began <= moment < now for moment in record.refused),
        was_under_way=len(record.readers) < rig.case.deliveries,
    )
