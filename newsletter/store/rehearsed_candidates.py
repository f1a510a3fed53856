"""Rows of a rehearsal of sources: very many candidates of one publication, each with a sighting."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from newsletter.model import Candidate, Sighting, Source

CHUNK = 5_000


def add_candidates(session: Session, source: Source, count: int, *, sections: tuple[str, ...], now: datetime) -> None:
    """Store new candidates, each offered by one source, spread over sections; later calls store others."""
    first = (session.scalar(select(func.max(Candidate.id))) or 0) + 1
    numbers = range(first, first + count)
    moments = {number: now - timedelta(seconds=number % 86_400) for number in numbers}
    rows = [
        {
            "id": number,
            "publication_id": source.publication_id,
            "section": sections[number % len(sections)],
            "source_id": source.id,
            "key": f"stories.example/{number}",
            "canonical_url": f"https://stories.example/{number}",
            "title": f"What became of story number {number}",
            "url": f"https://stories.example/{number}",
            "text": "A sentence about it. And one more, which says why.",
            "attributes": {},
            "published": moments[number],
            "first_seen": moments[number],
            "last_seen": now,
            "rank_sum": round(number * 7919 % 2000 / 100, 2),
            "rank_parts": [["weight", 3.0]],
        }
        for number in numbers
    ]
    seen = [
        {
            "candidate_id": row["id"],
            "source_id": source.id,
            "attributes": {},
            "seen_at": now,
            **{name: row[name] for name in ("key", "title", "url", "text", "published", "first_seen")},
        }
        for row in rows
    ]
    session.execute(insert(Candidate), rows)
    session.execute(insert(Sighting), seen)


def count(session: Session, publication_id: int) -> int:
    """Return how many candidates a publication has."""
    return session.scalar(select(func.count()).where(Candidate.publication_id == publication_id)) or 0
