"""Mappings of the boards that tests read, as an editor would write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from newsletter.sources.found import Reading
from newsletter.sources.kinds import table
from newsletter.sources.kinds.question import Question

NOW = datetime(2026, 5, 8, 21, tzinfo=UTC)
INDEX: dict[str, Any] = {
    "format": "json",
    "rows": "data",
    "key": "id",
    "rank": "#",
    "columns": [
        {"title": "Model", "path": "name"},
        {
            "title": "Score",
            "path": "evaluations.artificial_analysis_intelligence_index",
            "type": "number",
            "decimals": 1,
            "direction": "highest",
        },
        {
            "title": "tok/s",
            "path": "median_output_tokens_per_second",
            "type": "number",
            "decimals": 0,
            "zero_is_unknown": True,
        },
        {"title": "$/1M", "path": "pricing.price_1m_blended_3_to_1", "type": "money"},
    ],
    "limit": 5,
    "attribution": "Artificial Analysis",
    "attribution_url": "https://artificialanalysis.ai/",
}
CODING: dict[str, Any] = {
    "rank": "#",
    "ties": "order",
    "columns": [
        "Model",
        {"title": "Score", "path": "Resolved Rate (%)", "type": "percent", "decimals": 1, "direction": "highest"},
    ],
    "limit": 5,
}


def read(
    content: bytes | str, mapping: dict[str, Any] | None = None, address: str = "https://board.example/a"
) -> Reading:
    """Return what the reader of boards makes of an answer."""
    octets = content.encode() if isinstance(content, str) else content
    return table.read(octets, Question(address, NOW, mapping))
