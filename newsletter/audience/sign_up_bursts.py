"""Tell of sign-ups that look like a machine's: many of one domain, or of one pattern of address, in a few days, and nearly none confirmed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from newsletter.clock import Clock
from newsletter.store.audience import bursts
from newsletter.store.audience.bursts import LateSignUp
from newsletter.store.database import Database

DAYS, BEFORE = 3, 27
"""Days that are looked at, and days before them that say what is usual."""
LEAST = 20
"""Fewer sign-ups that wait are no burst."""
TIMES_USUAL = 5
MOST_CONFIRMED = 0.2
"""Where a larger share confirms, people signed up."""
MOST_TOLD = 5
_DIGITS = re.compile(r"\d+")
COMMON = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de"}
)
"""Domains of everybody: there only a pattern of addresses tells of a machine, unless nearly all of them wait."""


class SignUpBurst(NamedTuple):
    """Sign-ups of one domain, of addresses of one pattern where `pattern` says so; `usual` is of as many days before."""

    domain: str
    pattern: str
    waiting: int
    confirmed: int
    usual: float


def look(database: Database, *, clock: Clock, publication_id: int) -> list[SignUpBurst]:
    """Return the bursts of the last days, the largest first."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    with database.read() as session:
        suspect = _suspect(bursts.lately(session, publication_id, since))
        found = []
        for burst in suspect[: 2 * MOST_TOLD]:
            before = bursts.joined_of(session, publication_id, burst.domain, since - timedelta(days=BEFORE), since)
            usual = before * DAYS / BEFORE
            # of a pattern it is not known what is usual
            if burst.pattern or burst.waiting + burst.confirmed >= TIMES_USUAL * usual:
                found.append(burst._replace(usual=usual))
    return found[:MOST_TOLD]


def _suspect(found: Sequence[LateSignUp]) -> list[SignUpBurst]:
    domains: dict[str, Counter[bool]] = defaultdict(Counter)
    patterns: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for each in found:
        domains[each.domain][each.is_waiting] += 1
        local = each.address.rpartition("@")[0].lower()
        if _DIGITS.search(local):
            patterns[each.domain, _DIGITS.sub("#", local)][each.is_waiting] += 1
    told = [_burst(domain, "", count) for domain, count in domains.items() if domain not in COMMON]
    known = {burst.domain for burst in told if _is_burst(burst)}
    told += [_burst(domain, name, count) for (domain, name), count in patterns.items() if domain not in known]
    return sorted(filter(_is_burst, told), key=lambda burst: (-burst.waiting, burst.domain, burst.pattern))


def _burst(domain: str, pattern: str, count: Counter[bool]) -> SignUpBurst:
    return SignUpBurst(domain, pattern, count[True], count[False], 0.0)


def _is_burst(burst: SignUpBurst) -> bool:
    return burst.waiting >= LEAST and burst.confirmed <= MOST_CONFIRMED * (burst.waiting + burst.confirmed)
