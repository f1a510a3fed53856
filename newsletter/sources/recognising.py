"""Which sighting and which candidate an offer belongs to: by what the source offered before, else by its key. Never by words.

In this order: the source's own sighting of that key; its only sighting of that guid, where the guid stands once in the answer and the host is
the same (an edited story whose address changed); the candidate with the key in the source's section. What an editor took apart has a sighting,
and so is never joined by address again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from newsletter.canonical_url import canonical
from newsletter.model import Candidate, Sighting
from newsletter.model.sources import SourceKind
from newsletter.model.states import CandidateState
from newsletter.sources.offers import RANKERS, Offer
from newsletter.store.sources import candidates, sightings, source_facts
from newsletter.store.sources.sightings import SightingName


def recognise(session: Session, publication_id: int, offers: Sequence[Offer]) -> None:
    """Give each offer the sighting and the candidate that it belongs to; those that have none are new."""
    _by_key_there(session, offers)
    _by_guid(session, offers)
    _candidates_of_sightings(session, offers)
    _by_candidate_key(session, publication_id, offers)
    _papers_elsewhere(session, publication_id, offers)


def _by_key_there(session: Session, offers: Sequence[Offer]) -> None:
    known = sightings.by_keys(session, [offer.name for offer in offers])
    for offer in offers:
        offer.sighting = known.get(offer.name)


def _by_guid(session: Session, offers: Sequence[Offer]) -> None:
    wanted = {SightingName(o.source.id, o.guid): o for o in offers if o.sighting is None and o.is_only_of_guid}
    offered = {offer.name for offer in offers}
    for name, found in sightings.by_guids(session, wanted).items():
        offer, only = wanted[name], found[0]
        still_there = SightingName(only.source_id, only.key) in offered
        if len(found) == 1 and not still_there and _same_host(only, offer):
            offer.sighting = only


def _same_host(sighting: Sighting, offer: Offer) -> bool:
    before = canonical(sighting.url)
    return not before or _host(before) == _host(offer.address)


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0]


def _candidates_of_sightings(session: Session, offers: Sequence[Offer]) -> None:
    ids = {offer.sighting.candidate_id for offer in offers if offer.sighting is not None}
    known = {each.id: each for each in candidates.by_ids(session, ids)}
    for offer in offers:
        if offer.sighting is not None:
            offer.candidate = known.get(offer.sighting.candidate_id)


def _by_candidate_key(session: Session, publication_id: int, offers: Sequence[Offer]) -> None:
    strangers = [offer for offer in offers if offer.candidate is None]
    for section in {offer.source.section for offer in strangers}:
        mine = [offer for offer in strangers if offer.source.section == section]
        known = _heads(session, candidates.by_keys(session, publication_id, section, {offer.key for offer in mine}))
        for offer in mine:
            offer.candidate = known.get(offer.key)


def _papers_elsewhere(session: Session, publication_id: int, offers: Sequence[Offer]) -> None:
    """Let what ranks papers of another section rank them there, rather than offer them a second time; whichever of the two comes first."""
    papers = [o for o in offers if o.candidate is None and o.key.startswith("arxiv:")]
    papers = [offer for offer in papers if offer.is_ranker or offer.source.kind is SourceKind.ARXIV]
    for section in candidates.sections_of(session, publication_id) if papers else ():
        known = _heads(session, candidates.by_keys(session, publication_id, section, {offer.key for offer in papers}))
        ranked = _only_ranked(session, known)
        for offer in papers:
            offer.candidate = offer.candidate or (known if offer.is_ranker else ranked).get(offer.key)


def _only_ranked(session: Session, known: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """Return those that were named by what only ranks, and that nobody has touched: they go to the section of their paper."""
    free = {key: each for key, each in known.items() if each.state is CandidateState.NEW and each.issue_id is None}
    facts = source_facts.of_ids(session, {each.source_id for each in free.values() if each.source_id is not None})
    rankers = {number for number, each in facts.items() if each.kind in RANKERS}
    return {key: each for key, each in free.items() if each.source_id in rankers}


def _heads(session: Session, known: dict[str, Candidate]) -> dict[str, Candidate]:
    """Return candidates by key, and in place of one that an editor joined into another that other one."""
    joined = {key: each.cluster for key, each in known.items() if each.cluster is not None and each.is_joined}
    heads = {each.id: each for each in candidates.by_ids(session, _known(joined.values()))}
    return known | {key: heads[head] for key, head in joined.items() if head in heads}


def _known(ids: Iterable[int | None]) -> set[int]:
    return {each for each in ids if each is not None}
