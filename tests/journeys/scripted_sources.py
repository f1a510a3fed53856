"""Rows of sources and of what they offered, with a script in every text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.model import Candidate, Gathering, GatheringLine, Publication, Sighting, Snapshot, Source
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.model.states import CandidateState
from tests.parts.scripts import JOINED, SCRIPTS

ADDRESS = "https://journal.test/feed"
ROW = "no door takes it: written into the row"
COLUMNS_OF_SOURCES = {
    "sources.section": "a slug",
    "sources.name": ROW,
    "sources.address": "an address that is checked",
    "sources.mapping": ROW,
    "sources.header": "a name of a header",
    "sources.secret": "a name",
    "sources.wished": ROW,
    "sources.etag": ROW,
    "sources.last_modified": ROW,
    "sources.validators_of": "an address that is checked",
    "sources.digest": "a digest",
    "sources.last_words": ROW,
    "sources.proposed_address": "an address that is checked",
    "sources.created_by": "an actor",
    "candidates.section": "a slug",
    "candidates.key": ROW,
    "candidates.canonical_url": "an address that is checked",
    "candidates.title": ROW,
    "candidates.url": "an address that is checked",
    "candidates.text": ROW,
    "candidates.attributes": ROW,
    "candidates.rank_parts": "names and figures of our own",
    "sightings.key": ROW,
    "sightings.guid": ROW,
    "sightings.title": ROW,
    "sightings.url": "an address that is checked",
    "sightings.text": ROW,
    "sightings.attributes": ROW,
    "snapshots.rows": ROW,
    "snapshots.digest": "a digest",
    "snapshots.held": ROW,
    "gatherings.by": "an actor",
    "gathering_lines.words": ROW,
}
"""How a script gets into each column of sources, or why none can."""


def add_sources(session: Session, publication_id: int, now: datetime) -> dict[str, int]:
    """Add a source of each kind, a gathering, and candidates in every state; return the ids that addresses name."""
    plan = [{"slug": "wire", "title": SCRIPTS[0][:200], "all_title": SCRIPTS[1][:200]}]
    session.execute(update(Publication).where(Publication.id == publication_id).values(sections=plan))
    run = Gathering(publication_id=publication_id, started_at=now, ended_at=now, asked=6, answered=5)
    session.add(run)
    home = {"publication_id": publication_id, "section": "wire"}
    session.flush()
    for number, kind in enumerate(SourceKind):
        source = Source(**home, kind=kind, name=f"{number}", address=ADDRESS, created_at=now, wished=[JOINED])
        source.mapping = {"rows": JOINED}
        source.last_result, source.last_at = GatherResult.BROKEN, now
        source.name = f"{number} {JOINED}"[:200]
        source.proposed_address, source.proposed_runs = ADDRESS, 3
        session.add(source)
        session.flush()
        session.add(GatheringLine(gathering_id=run.id, source_id=source.id, result=GatherResult.BROKEN))
        session.add(Snapshot(source_id=source.id, day=now.date(), rows=[[JOINED]], digest="", taken_at=now))
        words = {"title": SCRIPTS[number], "url": ADDRESS, "attributes": {"category": JOINED, "host": JOINED}}
        seen = {"first_seen": now, "points": 3, "published": now}
        state = list(CandidateState)[number % len(CandidateState)]
        candidate = Candidate(
            **home, **words, **seen, source_id=source.id, key=f"{number} {JOINED}"[:300], last_seen=now, state=state
        )
        session.add(candidate)
        session.flush()
        candidate.cluster = candidate.id
        session.add(
            Sighting(
                **words, **seen, candidate_id=candidate.id, source_id=source.id, key=f"{JOINED}"[:300], seen_at=now
            )
        )
    return {"source": source.id, "candidate": candidate.id, "gathering": run.id}
