"""What a candidate's row says after it was offered again: the newest words of the source that named it, unless somebody has taken it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from newsletter.model import Candidate
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState
from newsletter.sources.offers import Offer, candidate_key

_FIGURES = ("upvotes", "stars", "stars-today", "comments")
"""Attributes that change from day to day: the newest count, whoever tells it."""


def renewed(candidate: Candidate, offers: Sequence[Offer], sources: int, rankers: Collection[int]) -> dict[str, Any]:
    """Return the columns of a candidate after these offers, or none where nothing changes; `sources` offer it now, and of `rankers` are
    those that only rank.

    What an issue used stays as it is. The words of what an editor dismissed or put into a draft do so too, and only its figures go on.
    """
    if candidate.state is CandidateState.USED:
        return {}
    before = {name: getattr(candidate, name) for name in _COLUMNS}
    after = before | {"sightings": sources, "points": best_points(offers, candidate.points)}
    if candidate.state is not CandidateState.DISMISSED and candidate.issue_id is None:
        after |= _words(candidate, offers, rankers)
    after["attributes"] = with_others(after["attributes"], offers)
    return {} if after == before else after


_COLUMNS = (
    "section",
    "source_id",
    "key",
    "canonical_url",
    "title",
    "url",
    "text",
    "attributes",
    "published",
    "published_is_seen",
    "points",
    "sightings",
)


def _words(candidate: Candidate, offers: Sequence[Offer], rankers: Collection[int]) -> dict[str, Any]:
    naming = _naming(candidate, offers, rankers)
    after: dict[str, Any] = {}
    texts = [each.text for each in offers if each.text]
    if naming is not None:
        after = {"source_id": naming.source.id, "title": naming.title, "url": naming.found.url}
        after["attributes"] = candidate.attributes | naming.attributes
        if candidate.source_id in rankers and naming.source.kind is SourceKind.ARXIV:
            after["section"] = naming.source.section
        if candidate.source_id in rankers and naming.published is not None:  # whichever of the two answers first
            after |= {"published": naming.published, "published_is_seen": False}
        texts = [naming.text, *texts] if naming.text else texts
        if _was_named_by(candidate, naming):
            after |= {"key": naming.key, "canonical_url": naming.address}
    if texts and (naming is not None or not candidate.text):
        after["text"] = texts[0]
    dates = [each.published for each in offers if each.published is not None]
    if candidate.published_is_seen and dates:
        after |= {"published": dates[0], "published_is_seen": False}
    return after


def _naming(candidate: Candidate, offers: Sequence[Offer], rankers: Collection[int]) -> Offer | None:
    """Return the offer whose words are the candidate's, if it is among these.

    That is one of the source that named it. The first that has words of its own takes its place where that source only ranks, or is gone.
    """
    if candidate.source_id is None or candidate.source_id in rankers:
        others = [offer for offer in offers if not offer.is_ranker]
        if others:
            return others[0]
    own = [offer for offer in offers if offer.source.id == candidate.source_id]
    return next((offer for offer in own if _was_named_by(candidate, offer)), own[0] if own else None)


def _was_named_by(candidate: Candidate, offer: Offer) -> bool:
    """Tell whether the candidate has its key from this sighting, whose address may be another by now."""
    before = offer.sighting
    return before is not None and candidate_key(before.key, before.url) == candidate.key


def best_points(offers: Sequence[Offer], before: int | None) -> int | None:
    """Return the highest number of points that a source counts or counted; those of papers are upvotes, an attribute."""
    known = [offer.points for offer in offers if offer.points is not None and "upvotes" not in offer.attributes]
    return max([*known, *([before] if before is not None else [])], default=None)


def with_others(present: dict[str, Any], offers: Sequence[Offer]) -> dict[str, Any]:
    """Return attributes with what others know and the source that named it does not say, and the newest figures."""
    added = {name: value for offer in offers for name, value in offer.attributes.items() if name not in present}
    figures = {name: offer.attributes[name] for offer in offers for name in _FIGURES if name in offer.attributes}
    return added | present | figures
