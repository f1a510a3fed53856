"""From what many sources offer to candidates and sightings: one candidate for one thing in a section, and every join can be undone.

`recognising.py` says what belongs together. A candidate has the words of the source that named it, the newest ones, until an issue or an editor
has taken it; what an issue of the publication used is stored as used, and so is never offered again. Doing it twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.model import Candidate, Source
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState
from newsletter.sources.found import FoundCandidate
from newsletter.sources.offers import RANKERS, Offer, offers_of
from newsletter.sources.ranking import RankFacts, rank
from newsletter.sources.recognising import recognise
from newsletter.sources.renewing import best_points, renewed, with_others
from newsletter.store.sources import candidates, sightings, source_facts, used

AT_ONCE = 2_000
"""Offers that are looked up and written together."""
Answer = tuple[Source, Sequence[FoundCandidate]]
_Place = tuple[str, str]


def join(session: Session, publication_id: int, answers: Sequence[Answer], *, now: datetime) -> dict[int, int]:
    """Store what sources of a publication answered; return how many candidates were new, by the source that named them.

    What is older than its source's `keep_days` is no news, nor is what stands behind its first `most` things.
    """
    new: Counter[int] = Counter({source.id: 0 for source, _ in answers})
    for offers in _portions(answers, now):
        recognise(session, publication_id, offers)
        taken = list(_taken(offers, now))
        stored = _add_candidates(session, publication_id, taken, now)
        new.update(each.source_id for each in stored.values() if each.source_id and each.state is CandidateState.NEW)
        known = [offer for offer in taken if offer.candidate is not None]
        _write_sightings(session, known, now)
        _renew(session, [each for each in known if each.candidate and each.candidate.id not in stored], now)
    return dict(new)


def _portions(answers: Sequence[Answer], now: datetime) -> Iterator[list[Offer]]:
    """Yield offers of whole answers; those that rank others come after what they rank, in portions of their own."""
    for kinds in (frozenset(SourceKind) - RANKERS, *({kind} for kind in sorted(RANKERS, reverse=True))):
        portion: list[Offer] = []
        for source, found in answers:
            if source.kind in kinds:
                portion += offers_of(source, found, now)
            if len(portion) >= AT_ONCE:
                yield portion
                portion = []
        if portion:
            yield portion


def _taken(offers: Sequence[Offer], now: datetime) -> Iterator[Offer]:
    taken: Counter[int] = Counter()
    for offer in offers:
        is_wanted = offer.candidate is not None or offer.is_news(now)
        if is_wanted and taken[offer.source.id] < offer.source.most:
            taken[offer.source.id] += 1
            yield offer


def _add_candidates(
    session: Session, publication_id: int, offers: Sequence[Offer], now: datetime
) -> dict[int, Candidate]:
    """Store a candidate for each key that is not there yet, and give it to its offers; return those that were stored, by id."""
    strangers: dict[_Place, list[Offer]] = {}
    for offer in offers:
        if offer.candidate is None:
            strangers.setdefault((offer.source.section, offer.key), []).append(offer)
    if not strangers:
        return {}
    issues = used.of_keys(session, publication_id, {key for _, key in strangers})
    rows = {place: _row(publication_id, mine, issues, now) for place, mine in strangers.items()}
    # what an answer names first stands first among equals: there the higher id does
    ids = candidates.add(session, [*rows.values()][::-1])
    # as they were written, and not read again: beside the session, which would write them a second time
    stored = {place: Candidate(id=number, **rows[place]) for place, number in ids.items()}
    there = stored | _stored_by_others(session, publication_id, rows.keys() - ids.keys())
    for place, mine in strangers.items():
        for offer in mine:
            offer.candidate = there[place]
    return {each.id: each for each in stored.values()}


def _stored_by_others(session: Session, publication_id: int, places: Collection[_Place]) -> dict[_Place, Candidate]:
    """Return what another process stored since it was looked for."""
    return {
        (section, key): each
        for section in {section for section, _ in places}
        for key, each in candidates.by_keys(
            session, publication_id, section, [key for mine, key in places if mine == section]
        ).items()
    }


def _row(publication_id: int, offers: Sequence[Offer], issues: Mapping[str, int], now: datetime) -> dict[str, Any]:
    first = offers[0]
    attributes = with_others(first.attributes, offers)
    points = best_points(offers, None)
    sources = {offer.source.id for offer in offers}
    published = next((offer.published for offer in offers if offer.published is not None), None)
    facts = RankFacts(
        weight=max(offer.source.weight for offer in offers),
        moment=published or now,
        sources=len(sources),
        points=points,
        attributes=attributes,
        wished=[wish for offer in offers for wish in offer.source.wished],
    )
    total, parts = rank(facts, now)
    return {
        "publication_id": publication_id,
        "section": first.source.section,
        "source_id": first.source.id,
        "key": first.key,
        "canonical_url": first.address,
        "title": first.title,
        "url": first.found.url,
        "text": next((offer.text for offer in offers if offer.text), ""),
        "attributes": attributes,
        "published": published or now,
        "published_is_seen": published is None,
        "first_seen": now,
        "last_seen": now,
        "points": points,
        "sightings": len(sources),
        "rank_sum": total,
        "rank_parts": parts,
        "state": CandidateState.USED if first.key in issues else CandidateState.NEW,
        "issue_id": issues.get(first.key),
    }


def _write_sightings(session: Session, offers: Sequence[Offer], now: datetime) -> None:
    new, changed, same = [], [], []
    for offer in offers:
        words = offer.words()
        if offer.sighting is None and offer.candidate is not None:
            place = {"source_id": offer.source.id, "candidate_id": offer.candidate.id}
            new.append(place | words | {"first_seen": now, "seen_at": now, "apart": False})
        elif offer.sighting is not None:
            if any(getattr(offer.sighting, name) != value for name, value in words.items()):
                changed.append({"id": offer.sighting.id, **words, "seen_at": now})
            else:
                same.append(offer.sighting.id)
    sightings.add(session, new)
    sightings.rewrite(session, changed)
    sightings.seen_again(session, same, now)


def _renew(session: Session, offers: Sequence[Offer], now: datetime) -> None:
    """Write what offers change of candidates that were there before, and note that these were seen."""
    met: dict[int, tuple[Candidate, list[Offer]]] = {}
    for offer in offers:
        if offer.candidate is not None:
            met.setdefault(offer.candidate.id, (offer.candidate, []))[1].append(offer)
    gained = {number for number, (_, mine) in met.items() if any(offer.sighting is None for offer in mine)}
    sources = sightings.sources_of(session, gained)
    counts = {number: len(set(mine)) for number, mine in sources.items()}
    names = {each.source_id for number, (each, _) in met.items() if number in gained and each.source_id is not None}
    rankers = {number for number, facts in source_facts.of_ids(session, names).items() if facts.kind in RANKERS}
    changed = [
        {"id": number, **after}
        for number, (candidate, mine) in met.items()
        if (after := renewed(candidate, mine, counts.get(number, candidate.sightings), rankers))
    ]
    candidates.rewrite(session, list(_without_taken_keys(session, changed, met)))
    candidates.seen_again(session, [number for number, (each, _) in met.items() if each.last_seen != now], now)


def _without_taken_keys(
    session: Session, changed: Sequence[dict[str, Any]], met: Mapping[int, tuple[Candidate, list[Offer]]]
) -> Iterator[dict[str, Any]]:
    """Yield the changes; a candidate whose new key another one of its section has keeps its own."""
    moved = [row for row in changed if (row["section"], row["key"]) != _place(met[row["id"]][0])]
    taken = {
        (section, key)
        for section in {row["section"] for row in moved}
        for key in candidates.by_keys(
            session, met[moved[0]["id"]][0].publication_id, section, {row["key"] for row in moved}
        )
    }
    for row in changed:
        candidate = met[row["id"]][0]
        place = (row["section"], row["key"])
        stays = place != _place(candidate) and place in taken
        own = {name: getattr(candidate, name) for name in ("section", "key", "canonical_url")}
        taken.add(place)
        yield row | (own if stays else {})


def _place(candidate: Candidate) -> _Place:
    return candidate.section, candidate.key
