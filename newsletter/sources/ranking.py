"""How high a candidate stands: a sum whose parts are shown, so that an editor can reckon it up. Pure; nothing else has a say.

| part | points |
|---|---|
| weight | that of the source, 0 to 10; the highest of those that offer it |
| recent | 8, halved every 12 hours since it was published |
| points | log2(1 + points), as Hacker News and Lobsters count them |
| further sources | 2 for each source beside the first |
| upvotes | log2(1 + upvotes), of papers |
| stars today | log2(1 + stars since yesterday), of repositories |
| wished | 4, where one of its categories or topics is one that a source of it wishes for |
| shortlisted | 5, where an editor kept it |

Each part is rounded to two decimals and left out where it is 0; the sum is exactly that of the rounded parts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

RECENT = 8.0
HALF_LIFE = timedelta(hours=12)
FADED = timedelta(days=6)
"""After so long the part for being recent is 0.00, and a sum changes with time no more."""
FURTHER = 2.0
WISHED = 4.0
SHORTLISTED = 5.0
_CATEGORIES = ("category", "categories", "topics", "tags", "language")
_MOST_COUNTED = 10**12

RankPart: TypeAlias = list[Any]
"""[name, value]: as a candidate's row keeps it."""


@dataclass(frozen=True, slots=True)
class RankFacts:
    """All that a rank is made of."""

    weight: int
    moment: datetime
    sources: int = 1
    points: int | None = None
    attributes: Mapping[str, Any] | None = None
    wished: Collection[str] = ()
    is_shortlisted: bool = False


def rank(facts: RankFacts, now: datetime) -> tuple[float, list[RankPart]]:
    """Return the sum and its parts, in the order of the table above."""
    parts = [[name, cents / 100] for name, value in _parts(facts, now) if (cents := round(value * 100))]
    return sum_of(parts), parts


def sum_of(parts: Sequence[RankPart]) -> float:
    """Return what the parts add up to, to the cent."""
    cents: int = sum(round(value * 100) for _, value in parts)
    return cents / 100


def _parts(facts: RankFacts, now: datetime) -> Iterator[tuple[str, float]]:
    attributes = facts.attributes or {}
    yield "weight", float(min(max(facts.weight, 0), 10))
    yield "recent", _recent(now - facts.moment)
    yield "points", _log(facts.points)
    yield "further sources", FURTHER * max(facts.sources - 1, 0)
    yield "upvotes", _log(attributes.get("upvotes"))
    yield "stars today", _log(attributes.get("stars-today", attributes.get("stars_today")))
    yield "wished", WISHED if _is_wished(attributes, facts.wished) else 0.0
    yield "shortlisted", SHORTLISTED if facts.is_shortlisted else 0.0


def _recent(age: timedelta) -> float:
    halvings: float = max(age, timedelta(0)) / HALF_LIFE
    return 0.0 if age > FADED else RECENT * math.pow(2.0, -halvings)


def _log(count: object) -> float:
    """Return log2(1 + count); 0 for what is no number, or below 0."""
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 <= count <= _MOST_COUNTED:
        return 0.0
    return math.log2(1 + count)


def _is_wished(attributes: Mapping[str, Any], wished: Collection[str]) -> bool:
    if not wished:
        return False
    said = [attributes.get(name) for name in _CATEGORIES]
    words = [word for each in said for word in (each if isinstance(each, list) else [each])]
    wishes = {wish.strip().lower() for wish in wished}
    return any(isinstance(word, str) and word.strip().lower() in wishes for word in words)
