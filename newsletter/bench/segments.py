"""`newsletter bench segments`: how long it takes to count whom a rule chooses, and to list them, in a large audience."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsletter.audience.segmenting import read_rule
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.segment import SegmentRule
from newsletter.signing_keys import ProcessRole
from newsletter.store import rehearsal, rehearsed_audience
from newsletter.store.audience import reader_search, segment_counts, segments
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.migrating import upgrade

ASKED = 5
_DAYS = 200
_PAGE, _SAMPLE = 50, 20
_THIRD, _HALF, _TENTH = ({"rule": "tag", "key": key} for key in ("third", "half", "tenth"))
_GERMAN, _LATELY = {"rule": "language", "language": "de"}, {"rule": "joined", "days": _DAYS // 2}
_BY_LIST, _ULM = {"rule": "came by", "way": "import"}, {"rule": "field", "key": "city", "value": "ulm"}
_CITY = {"rule": "field", "key": "city", "value": "city"}
RULES: dict[str, dict[str, Any]] = {
    "everybody": {"rule": "all", "of": []},
    "tag, a half": _HALF,
    "tag, a third": _THIRD,
    "tag, a hundredth": {"rule": "tag", "key": "hundredth"},
    "tag, one in 10,000": {"rule": "tag", "key": "rare"},
    "field is one text, a third": _ULM,
    "field is known, two thirds": {"rule": "field", "key": "city", "how": "known"},
    "number above another, a quarter": {"rule": "field", "key": "score", "how": "above", "value": "500"},
    "came by the form, a third": {"rule": "came by", "way": "form"},
    "came by import, two thirds": _BY_LIST,
    "came by one list, a third": {"rule": "came by", "way": "import", "place": "a.csv"},
    "joined lately, a half": _LATELY,
    "in a language, a fifth": _GERMAN,
    "at a domain, a hundredth": {"rule": "domain", "domain": "d3.example"},
    "bounced lately, nobody": {"rule": "bounced", "days": 30},
    "one of two tags": {"rule": "any", "of": [_THIRD, _TENTH]},
    "both of two tags": {"rule": "all", "of": [_THIRD, _HALF]},
    "none of a tag": {"rule": "none", "of": [_THIRD]},
    "tag, language and joined": {"rule": "all", "of": [_THIRD, _GERMAN, _LATELY]},
    "by import, a field, not a tag": {"rule": "all", "of": [_BY_LIST, _CITY, {"rule": "none", "of": [_TENTH]}]},
    "joined, or by a tag": {"rule": "any", "of": [_TENTH, _LATELY]},
}
"""By what they say, and the share of readers they hold for."""


def measure_segments(readers: int, database_url: str) -> dict[str, Any]:
    """Return milliseconds by rule: to count, to give the builder's sample, to list a page. The middle of five. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        parts = wire(load(data_dir=Path(folder), database_url=database_url), role=ProcessRole.SCHEDULER)
        upgrade(parts.database)
        scope = _fill(parts, readers)
        figures = {name: _asked(parts, read_rule(told), scope) for name, told in RULES.items()}
        dialect = parts.database.dialect
        parts.close()
    return {"readers": readers, "database": dialect, "ms": figures}


def _fill(parts: Parts, readers: int) -> RuleScope:
    now = parts.clock.now()
    with parts.database.write() as session:
        publication_id = rehearsal.add_publication(session, "rehearsal", now)
    for first in range(0, readers, rehearsal.CHUNK):
        joined = now - timedelta(days=_DAYS * (readers - first) / readers)
        with parts.database.write() as session:
            rehearsal.add_readers(session, publication_id, first, min(rehearsal.CHUNK, readers - first), joined)
    with parts.database.write() as session:
        rehearsed_audience.describe(session, publication_id, now)
    rehearsal.settle_statistics(parts.database)
    return RuleScope(publication_id, now, now.tzinfo or parts.clock.now().tzinfo)  # type: ignore[arg-type]


def _asked(parts: Parts, rule: SegmentRule, scope: RuleScope) -> dict[str, float]:
    with parts.database.read() as session:
        count = segment_counts.count(session, rule, scope)
    wanted = ReaderFilter(rules=(rule,))

    def counting() -> None:
        with parts.database.read() as session:
            segment_counts.count(session, rule, scope)

    def sampling() -> None:
        with parts.database.read() as session:
            segments.sample(session, rule, scope, limit=_SAMPLE, among=count)

    def listing() -> None:
        with parts.database.read() as session:
            reader_search.page(session, wanted, scope, after=None, limit=_PAGE)

    return {"readers": count, "count": _middle(counting), "sample": _middle(sampling), "page": _middle(listing)}


def _middle(ask: Callable[[], None]) -> float:
    waits = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        waits.append((time.perf_counter() - started) * 1000)
    return round(sorted(waits)[ASKED // 2], 1)
