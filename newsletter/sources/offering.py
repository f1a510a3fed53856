"""What an editor is offered: candidates of a publication page by page, each with where it comes from, why it stands where it stands, and what is near."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from newsletter.errors import InputError
from newsletter.model import Candidate, Sighting, Source
from newsletter.model.section_plan import SectionPlan, read_plan
from newsletter.model.states import CandidateState
from newsletter.paging import CandidateMark, cut
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import candidates, sightings, sources
from newsletter.store.sources.candidates import MOST_COUNTED, OPEN, CandidateFilter

SHOWN: dict[str, tuple[CandidateState, ...]] = {
    "open": OPEN,
    "shortlisted": (CandidateState.SHORTLISTED,),
    "dismissed": (CandidateState.DISMISSED,),
    "used": (CandidateState.USED,),
}
"""What a page may show, by the word that stands in its address."""


@dataclass(frozen=True, slots=True)
class OfferedCandidate:
    """A candidate as an editor sees it: its sightings, the names of their sources by id, and what says much the same."""

    candidate: Candidate
    sightings: Sequence[Sighting]
    sources: Mapping[int, str]
    near: Sequence[Candidate]

    @property
    def host(self) -> str:
        """Where it stands: the host of its address."""
        return (urlsplit(self.candidate.url).hostname or "").removeprefix("www.")

    @property
    def source(self) -> str:
        """The name of the source that offered it first; empty when that was taken away."""
        return self.sources.get(self.candidate.source_id or 0, "")

    @property
    def also(self) -> list[tuple[str, str]]:
        """Where else it is offered: (source, address) each."""
        return [
            (self.sources.get(seen.source_id, ""), seen.url)
            for seen in self.sightings
            if seen.source_id != self.candidate.source_id
        ]


@dataclass(frozen=True, slots=True)
class OfferedPage:
    """Candidates, best first, and the mark behind which the next page begins; None on the last.

    `counts` says how many there are of each section, as far as MOST_COUNTED and one more; where a source is asked for, it is empty.
    """

    rows: Sequence[OfferedCandidate]
    more: CandidateMark | None
    sections: Sequence[SectionPlan]
    counts: Mapping[str, int]

    def counted(self, section: str) -> str:
        """Return how many there are of a section, such as `12` or `99+`; empty for none."""
        count = self.counts.get(section, 0)
        return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


@dataclass(frozen=True, slots=True)
class OfferedList:
    """Which candidates of a publication a page shows: `show` is a word of SHOWN, an empty `section` all of them."""

    publication_id: int
    show: str = "open"
    section: str = ""
    source_id: int | None = None


def page(database: Database, offer: OfferedList, *, after: CandidateMark | None, size: int) -> OfferedPage:
    """Return a page of candidates; its cost does not grow with those that it does not show. Raises InputError for an unknown word."""
    if offer.show not in SHOWN:
        raise InputError("there is no such list", where="show", remedy=f"there are: {', '.join(SHOWN)}")
    wanted = CandidateFilter(offer.publication_id, SHOWN[offer.show], offer.section, offer.source_id)
    with database.read() as session:
        home = publications.by_id(session, wanted.publication_id)
        rows, more = cut(candidates.page(session, wanted, after=after, size=size + 1), size, _mark)
        plan = read_plan(home.sections)
        counted = [each.slug for each in plan] if offer.source_id is None else []
        counts = candidates.counts(session, home.id, wanted.states, counted)
        return OfferedPage(_offered(session, rows), more, plan, counts)


def of_ids(database: Database, publication_id: int, ids: Collection[int]) -> list[Candidate]:
    """Return those of these candidates that are a publication's, as they are now."""
    with database.read() as session:
        found = candidates.by_ids(session, ids)
    return [each for each in found if each.publication_id == publication_id]


def _mark(last: Candidate) -> CandidateMark:
    return CandidateMark(last.rank_sum, last.id)


def _offered(session: Session, rows: Sequence[Candidate]) -> list[OfferedCandidate]:
    seen = sightings.of_candidates(session, [row.id for row in rows])
    clusters = candidates.in_clusters(session, rows)
    ids = {each.source_id for those in seen.values() for each in those} | {row.source_id for row in rows}
    names = _names(session, {each for each in ids if each is not None})
    return [
        OfferedCandidate(
            row,
            seen.get(row.id, ()),
            names,
            [each for each in clusters.get(row.cluster or 0, ()) if each.id != row.id],
        )
        for row in rows
    ]


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    found: Sequence[Source] = sources.by_ids(session, ids)
    return {source.id: source.name for source in found}
