"""Give candidates that are in the ledger the rank that they have at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model.states import CandidateState
from newsletter.sources.ranking import RankFacts, rank
from newsletter.store.sources import candidates, sightings, source_facts
from newsletter.store.sources.candidates import RankRow
from newsletter.store.sources.source_facts import SourceFacts


def rerank(session: Session, ids: Iterable[int], now: datetime) -> int:
    """Write the ranks of candidates, by what their rows and sources say now; return how many changed."""
    rows = candidates.to_rank(session, ids)
    sources = sightings.sources_of(session, [each.id for each in rows])
    named = {each.id: [each.source_id] for each in rows if each.source_id is not None}
    known = source_facts.of_ids(session, {source for mine in (*sources.values(), *named.values()) for source in mine})
    changed = []
    for each in rows:
        # as its sightings say: one of its sources may have been taken away
        of = [known[source] for source in set(sources.get(each.id, named.get(each.id, []))) if source in known]
        total, parts = rank(_facts(each, of), now)
        if (total, parts) != (each.rank_sum, each.rank_parts):
            changed.append({"id": each.id, "rank_sum": total, "rank_parts": parts})
    candidates.rewrite(session, changed)
    return len(changed)


def _facts(candidate: RankRow, sources: Sequence[SourceFacts]) -> RankFacts:
    return RankFacts(
        weight=max((source.weight for source in sources), default=0),
        moment=candidate.published or candidate.first_seen,
        sources=len(sources),
        points=candidate.points,
        attributes=candidate.attributes,
        wished=[wish for source in sources for wish in source.wished],
        is_shortlisted=candidate.state is CandidateState.SHORTLISTED,
    )
