"""The bench of segments counts whom its rules choose, on both databases alike."""

from __future__ import annotations

from newsletter.bench.segments import RULES, measure_segments
from newsletter.store.database import Database
from tests.parts.empty import empty_postgres

__all__ = ["empty_postgres"]


def test_every_rule_is_counted_alike_on_both_databases(empty_postgres: Database) -> None:
    found = [measure_segments(600, url) for url in ("", empty_postgres.url)]
    counts = [{name: each["readers"] for name, each in figures["ms"].items()} for figures in found]
    assert counts[0] == counts[1]
    assert list(counts[0]) == list(RULES)
    numbers = [n for n in range(1, 601) if n % 12 and n % 50 != 1]
    assert counts[0]["everybody"] == len(numbers)
    assert counts[0]["tag, a third"] == sum(n % 3 == 0 for n in numbers)
    assert counts[0]["by import, a field, not a tag"] == sum(n % 3 == 1 and n % 10 > 0 for n in numbers)
    assert [figures["database"] for figures in found] == ["sqlite", "postgresql"]
