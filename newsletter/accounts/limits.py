"""How often one may try to sign in: counted before any hash is made, and given back when the try was right.

| counted by                    | in a row, and an hour | beyond it          |
| network and address           | 10                    | refused            |
| network                       | 30                    | refused            |
| all                           | 1,000                 | refused            |
| address, from wherever        | 10                    | waits five seconds |
| known browser, instead of all | 10                    | refused            |

Nobody can keep a named editor out by guessing: from elsewhere the editor waits a little, from a known browser not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

import structlog

from newsletter.errors import LimitError
from newsletter.pacing import Buckets

PER_PAIR, PER_NETWORK, PER_ADDRESS, PER_BROWSER, ALL = 10, 30, 10, 10, 1000
STEPS_PER_NETWORK, STEPS = 120, 10_000
"""Times a passkey is asked for, in a row and an hour."""
MAILS = 3
"""Mails of one kind about an account to one address, in a row and an hour, so that nobody fills a mailbox by asking."""
DELAY_SECONDS = 5.0
MOST_DELAYED = 100
_HOUR = 3600.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TryLimit:
    """A bucket of tries: so many in a row, and so many an hour."""

    name: str
    tries: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A try that is counted and may go on after `delay` seconds."""

    buckets: Buckets
    counted: tuple[TryLimit, ...]
    delay: float = 0.0

    def take_back(self) -> None:
        """Count it no more: it was right, or no try at all."""
        for limit in self.counted:
            self.buckets.give_back(limit.name, 1, rate=limit.tries / _HOUR, capacity=limit.tries)


def admit(buckets: Buckets, *, address: str, network: str, browser: int | None) -> Admission:
    """Count a try for `address` from `network`, or from the known `browser`. Raises LimitError, and counts nothing then."""
    if browser is not None:
        return _count(buckets, (TryLimit(f"sign-in:browser:{browser}", PER_BROWSER),))
    named = _named(address)
    everybody = TryLimit("sign-in:all", ALL)
    refusing = (
        TryLimit(f"sign-in:pair:{network}:{named}", PER_PAIR),
        TryLimit(f"sign-in:network:{network}", PER_NETWORK),
        everybody,
    )
    admitted = _count(buckets, refusing)
    slowing = TryLimit(f"sign-in:address:{named}", PER_ADDRESS)
    if _wait(buckets, slowing):
        return Admission(buckets, admitted.counted, DELAY_SECONDS)
    return Admission(buckets, (*admitted.counted, slowing))


def admit_step(buckets: Buckets, *, network: str) -> None:
    """Count a question that anybody may ask and that leaves a row for a while. Raises LimitError."""
    _count(buckets, (TryLimit(f"step:network:{network}", STEPS_PER_NETWORK), TryLimit("step:all", STEPS)))


def may_be_mailed(buckets: Buckets, kind: str, address: str) -> bool:
    """Tell whether one more mail of a kind may go to an address that anybody may name, and count it.

    By a bucket, because whoever asks is a stranger: to count the mails in the ledger took the longer the more of all kinds it holds.
    """
    return not _wait(buckets, TryLimit(f"mail:{kind}:{_named(address)}", MAILS))


def _named(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()  # buckets hold no addresses


def _count(buckets: Buckets, limits: tuple[TryLimit, ...]) -> Admission:
    for number, limit in enumerate(limits):
        wait = _wait(buckets, limit)
        if wait:
            Admission(buckets, limits[:number]).take_back()
            log.warning("attempts to sign in are refused", limit=limit.name.split(":")[1])
            raise LimitError(
                "too many attempts to sign in",
                retry_after=int(wait) + 1,
                remedy=f"try again in {int(wait / 60) + 1} minutes",
            )
    return Admission(buckets, limits)


def _wait(buckets: Buckets, limit: TryLimit) -> float:
    return buckets.take(limit.name, 1, rate=limit.tries / _HOUR, capacity=limit.tries)


@dataclass(slots=True)
class Delays:
    """Lets tries wait without a thread: `most` of them at a time in one event loop."""

    most: int = MOST_DELAYED
    waiting: int = field(default=0, init=False)

    async def wait(self, admission: Admission) -> None:
        """Wait as long as the try has to. Raises LimitError when `most` wait already."""
        if not admission.delay:
            return
        if self.waiting >= self.most:
            admission.take_back()
            raise LimitError(
                "too many attempts to sign in", retry_after=int(admission.delay), remedy="try again in a few seconds"
            )
        self.waiting += 1
        try:
            await asyncio.sleep(admission.delay)
        finally:
            self.waiting -= 1
