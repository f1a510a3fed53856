"""Take sightings out of a candidate: back to the candidate that they came from, or to one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.canonical_url import canonical
from newsletter.errors import ConflictError
from newsletter.model import Candidate, Sighting
from newsletter.model.states import CandidateState
from newsletter.sources.offers import candidate_key
from newsletter.store.sources import candidates, sightings, used


def take(session: Session, head: Candidate, taken: Sequence[Sighting], now: datetime) -> list[Candidate]:
    """Give sightings of a candidate to others; return those. Raises ConflictError when none would be left to it."""
    left = [each for each in sightings.all_of(session, head.id) if each.id not in {seen.id for seen in taken}]
    if not left:
        raise ConflictError("nothing would be left of it", remedy="leave one of its sightings where it is")
    apart: dict[int, Candidate] = {}
    for each in taken:
        own = _own(session, head, each, now, apart)
        sightings.move(session, [each.id], own.id, apart=True)
        apart[own.id] = own
    for candidate in (head, *apart.values()):
        recount(session, candidate)
    if head.source_id not in {each.source_id for each in left} and head.state is not CandidateState.USED:
        _speak_for(head, left[0])
    candidates.keep(session)
    return list(apart.values())


def recount(session: Session, candidate: Candidate) -> None:
    """Reckon from its sightings how many sources offer a candidate, and its points."""
    mine = sightings.all_of(session, candidate.id)
    candidate.sightings = len({each.source_id for each in mine})
    known = [each.points for each in mine if each.points is not None and "upvotes" not in each.attributes]
    candidate.points = max(known, default=None)


def _own(
    session: Session, head: Candidate, sighting: Sighting, now: datetime, apart: Mapping[int, Candidate]
) -> Candidate:
    """Return the candidate of a sighting's own key: the one that was joined by hand, else a new one."""
    key = candidate_key(sighting.key, sighting.url)
    known = candidates.by_keys(session, head.publication_id, head.section, [key]).get(key)
    if known is not None and (known.id in apart or (known.cluster == head.id and known.is_joined)):
        known.state = CandidateState.NEW if known.state is CandidateState.DISMISSED else known.state
        return known
    issue_id = used.of_keys(session, head.publication_id, [key]).get(key) if known is None else None
    row: dict[str, Any] = {
        "publication_id": head.publication_id,
        "section": head.section,
        "source_id": sighting.source_id,
        # its own key is taken: it is known by its sighting from now on
        "key": key if known is None else f"apart:{sighting.id}",
        "canonical_url": canonical(sighting.url),
        "title": sighting.title,
        "url": sighting.url,
        "text": sighting.text,
        "attributes": sighting.attributes,
        "published": sighting.published or sighting.first_seen,
        "published_is_seen": sighting.published is None,
        "first_seen": sighting.first_seen,
        "last_seen": now,
        "state": CandidateState.NEW if issue_id is None else CandidateState.USED,
        "issue_id": issue_id,
        "cluster": head.cluster if head.cluster is not None else head.id,
    }
    candidates.add(session, [row])
    [own] = candidates.by_keys(session, head.publication_id, head.section, [row["key"]]).values()
    if head.cluster is None:
        head.cluster = head.id
    return own


def _speak_for(candidate: Candidate, sighting: Sighting) -> None:
    """Let a candidate have the words of a sighting that is left to it."""
    candidate.source_id = sighting.source_id
    candidate.title, candidate.url, candidate.text = sighting.title, sighting.url, sighting.text or candidate.text
    candidate.attributes = sighting.attributes
