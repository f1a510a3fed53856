"""What a source offers in one answer, made fit for the ledger: its key and canonical address, a date that can be believed, clean words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.canonical_url import canonical, key_of, short_key
from newsletter.model import Candidate, Sighting, Source
from newsletter.model.sources import SourceKind
from newsletter.sources.found import FoundCandidate
from newsletter.store.sources.sightings import SightingName

RANKERS = frozenset({SourceKind.HF_PAPERS, SourceKind.HACKER_NEWS})
"""Kinds that say how much others think of a thing, and have few words of their own."""
AHEAD = timedelta(hours=1)
"""A date so far in the future may be a clock that goes wrong; a later one is none."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NUMBERED = ("github:", "arxiv:")
_TITLE_CHARS, _TEXT_CHARS, _MOST_POINTS = 1_000, 60_000, 10**15


@dataclass(slots=True)
class Offer:
    """One thing in one answer, on its way to a sighting: first as it was read, then with the rows it was recognised by."""

    source: Source
    found: FoundCandidate
    name: SightingName
    key: str
    """Of the candidate: by its address where a service's number has one, so that feeds that link to it meet it."""
    title: str
    text: str
    attributes: dict[str, Any]
    points: int | None
    published: datetime | None
    guid: str
    is_only_of_guid: bool
    sighting: Sighting | None = None
    candidate: Candidate | None = None
    address: str = field(default="")

    @property
    def is_ranker(self) -> bool:
        """Whether its source ranks what others write."""
        return self.source.kind in RANKERS

    def is_news(self, now: datetime) -> bool:
        """Tell whether it is new enough for its source; one without a date is."""
        return self.published is None or self.published >= now - timedelta(days=self.source.keep_days)

    def words(self) -> dict[str, Any]:
        """Return what a sighting's row says of it, by column."""
        return {
            "key": self.name.name,
            "guid": self.guid,
            "title": self.title,
            "url": self.found.url,
            "text": self.text,
            "attributes": self.attributes,
            "published": self.published,
            "points": self.points,
        }


def offers_of(source: Source, found: Sequence[FoundCandidate], now: datetime) -> Iterator[Offer]:
    """Yield what an answer offers, each key once."""
    guids = Counter(each.guid for each in found)
    seen: set[str] = set()
    for each in found:
        key, title = short_key(clean(each.key)), clean(each.title)[:_TITLE_CHARS]
        if not key or not title or key in seen:
            continue
        seen.add(key)
        yield Offer(
            source,
            each,
            SightingName(source.id, key),
            candidate_key(key, each.url),
            title,
            clean(each.text)[:_TEXT_CHARS],
            _attributes(each, source.kind),
            _points(each.points),
            _believed(each.published, now),
            short_key(clean(each.guid)) if each.guid else "",
            bool(each.guid) and guids[each.guid] == 1,
            address=canonical(each.url),
        )


def candidate_key(key: str, url: str) -> str:
    """Return the key that a candidate has by a source's key for it: what a service numbers is known by its address where it has one."""
    return (key_of(url) or key) if key.startswith(_NUMBERED) else key


def clean(text: str) -> str:
    """Return text that both databases keep: no NUL, and no half of a pair of UTF-16."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _believed(published: datetime | None, now: datetime) -> datetime | None:
    return None if published is None or not EARLIEST <= published <= now + AHEAD else published


def _points(points: int | None) -> int | None:
    return points if points is not None and abs(points) < _MOST_POINTS else None


def _attributes(found: FoundCandidate, kind: SourceKind) -> dict[str, Any]:
    kept = {clean(name): value for name, each in found.attributes.items() if (value := _value(each)) is not None}
    if kind is SourceKind.HF_PAPERS and found.points is not None:
        kept.setdefault("upvotes", found.points)
    return kept


def _value(value: Any) -> Any:
    """Return an attribute as JSON has it, or None for what it has not."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean(each) for each in value if isinstance(each, str)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
