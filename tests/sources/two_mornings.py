"""A publication whose sources answer as samples do, on a Friday morning and on the Saturday after it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.model import Publication
from newsletter.model.section_plan import USUAL_PLAN
from newsletter.sources.keeping import NewSource
from tests.parts.actors import OPERATOR
from tests.parts.source_server import SourceServer, Stand
from tests.sources.gathering_rig import Rig

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = SAMPLES / "expected-day1.md"
INDEX: dict[str, Any] = {
    "format": "json",
    "rows": "data",
    "key": "id",
    "rank": "#",
    "sort": "Score",
    "columns": [
        {"title": "Model", "path": "name"},
        {"title": "Score", "path": "evaluations.artificial_analysis_intelligence_index", "type": "number", "decimals": 1, "direction": "highest"},
        {"title": "tok/s", "path": "median_output_tokens_per_second", "type": "number", "decimals": 0, "zero_is_unknown": True},
        {"title": "$/1M", "path": "pricing.price_1m_blended_3_to_1", "type": "money", "decimals": 2, "direction": "lowest"},
    ],
    "attribution": "Invented Analysis",
}  # fmt: skip
CODING: dict[str, Any] = {
    "format": "csv",
    "rank": "#",
    "columns": [
        {"title": "Model"},
        {"title": "Score", "path": "Resolved Rate (%)", "type": "percent", "decimals": 1, "direction": "highest"},
    ],
}
SOURCES: Mapping[str, dict[str, Any]] = {
    "lab.rss.xml": {"section": "labs", "kind": "feed", "name": "Bellwether Lab", "weight": 6},
    "institute.atom.xml": {"section": "labs", "kind": "feed", "name": "Lowmoor Institute", "weight": 5},
    "wire.atom.xml": {"section": "wire", "kind": "feed", "name": "The Ninth Wire", "weight": 4},
    "notes.feed.json": {"section": "wire", "kind": "feed", "name": "Marginal Notes"},
    "front-page.json": {"section": "wire", "kind": "hacker-news", "name": "Front page"},
    "papers.rss.xml": {"section": "papers", "kind": "arxiv", "name": "arXiv"},
    "daily-papers.json": {"section": "papers", "kind": "hf-papers", "name": "Daily papers"},
    "index.json": {"section": "benchmarks", "kind": "table", "name": "Invented Analysis: Index", "mapping": INDEX},
    "coding.csv": {"section": "benchmarks", "kind": "table", "name": "Coding Board", "mapping": CODING},
    "repositories.json": {"section": "repositories", "kind": "github", "name": "Repositories"},
}
"""Samples, and what a source of each is made of."""
CHANGED = frozenset(path.name for path in (SAMPLES / "day2").iterdir())
"""Samples that say something else on the second day."""


def host_of(sample: str) -> str:
    """Return the host at which a sample stands: each has one of its own."""
    return sample.replace(".", "-") + ".example"


def put(server: SourceServer, day: int) -> None:
    """Put what the sources answer on a day; what did not change keeps its validators."""
    for sample in SOURCES:
        path = SAMPLES / f"day{day}" / sample
        content = (path if path.is_file() else SAMPLES / "day1" / sample).read_bytes()
        stand(server, sample, content)


def stand(server: SourceServer, sample: str, content: bytes) -> None:
    """Put one answer, with a validator of its octets."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    server.put(host_of(sample), f"/{sample}", Stand(content, etag=tag))


PLAN = tuple(
    each.model_copy(update={"mailed": 1}) if each.slug == "repositories" else each for each in USUAL_PLAN
)  # so that some are seen on the first day that are told on the second
"""The sections of the publication."""


def add(rig: Rig, sources: Mapping[str, dict[str, Any]] = SOURCES) -> None:
    """Plan the sections, and add a source for each sample."""
    with rig.database.write() as session:
        session.get_one(Publication, rig.publication.id).sections = [each.model_dump(mode="json") for each in PLAN]
    for sample, given in sources.items():
        address = rig.server.url(host_of(sample), f"/{sample}")
        rig.parts.sources.add(
            rig.publication.id, NewSource(**{"address": address, "plain_http": True} | given), by=OPERATOR
        )
