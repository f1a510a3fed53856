"""A candidate as the desk shows it: its line, what it adds up to, where else it is, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from newsletter.model.states import CandidateState
from newsletter.sources.offering import OfferedCandidate
from newsletter.web.templating import ago

MOST_TEXT, MOST_ALSO = 600, 8
ACTS = {
    CandidateState.NEW: (("place", "Into the draft"), ("shortlist", "Shortlist"), ("dismiss", "Dismiss")),
    CandidateState.SHORTLISTED: (("place", "Into the draft"), ("reopen", "Off the list"), ("dismiss", "Dismiss")),
    CandidateState.DISMISSED: (("reopen", "Put back"),),
    CandidateState.USED: (),
}
"""What can be done with a candidate, by where it stands: the first is the main one."""


class Elsewhere(NamedTuple):
    """Another place of the same thing, or one that says much the same."""

    id: int
    name: str
    url: str
    may_join: bool = False
    """Whether both can be one: they stand in the same section."""


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """What the page needs of one candidate."""

    id: int
    title: str
    url: str
    line: str
    text: str
    total: str
    parts: str
    also: tuple[Elsewhere, ...]
    near: tuple[Elsewhere, ...]
    sightings: tuple[Elsewhere, ...]
    acts: tuple[tuple[str, str], ...]
    placed_at: str
    is_shortlisted: bool


def shown_candidate(row: OfferedCandidate, publication: str, now: datetime) -> ShownCandidate:
    """Return how a candidate of a publication (its slug) is shown at a moment."""
    candidate = row.candidate
    in_draft = candidate.issue_id is not None
    acts = ACTS[candidate.state]
    if in_draft:
        acts = tuple(each for each in acts if each[0] != "place")
    seen = tuple(Elsewhere(each.id, row.sources.get(each.source_id, ""), each.title) for each in row.sightings)
    return ShownCandidate(
        id=candidate.id,
        title=candidate.title,
        url=candidate.url,
        line=" · ".join(_facts(row, now)),
        text=_beginning(candidate.text),
        total=f"{candidate.rank_sum:.2f}",
        parts=" + ".join(f"{name} {value:g}" for name, value in candidate.rank_parts),
        also=tuple(Elsewhere(0, name, url) for name, url in row.also[:MOST_ALSO]),
        near=tuple(
            Elsewhere(each.id, each.title, each.url, each.section == candidate.section) for each in row.near[:MOST_ALSO]
        ),
        sightings=seen if len(seen) > 1 else (),
        acts=acts,
        placed_at=f"/desk/{publication}/issues/{candidate.issue_id}" if in_draft else "",
        is_shortlisted=candidate.state is CandidateState.SHORTLISTED,
    )


def _facts(row: OfferedCandidate, now: datetime) -> list[str]:
    candidate = row.candidate
    when = candidate.published or candidate.first_seen
    seen = "seen " if candidate.published is None or candidate.published_is_seen else ""
    source = row.source if row.source.casefold() != row.host.casefold() else ""
    found = [row.host, source, f"{seen}{ago(when, now)}", candidate.section]
    if candidate.points is not None:
        found.append(f"{candidate.points:,} points")
    return [fact for fact in found if fact]


def _beginning(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT].rsplit(None, 1)[0]} …"
