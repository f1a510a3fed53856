"""Assemble an issue: the best of what was gathered as a draft, or behind what an editor has already, of which nothing is touched.

The sections are those of the publication's plan. So many items of each are mailed, the rest is kept for the archive's page of the section.
Again and again it adds only what is new: what stands in the draft, and what somebody took out of it, is known by its candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.model import Candidate, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.addition import Addition
from newsletter.model.document import Document, Section, SectionKind
from newsletter.model.rights import Right
from newsletter.model.section_plan import SectionPlan, read_plan
from newsletter.model.sources import SourceKind
from newsletter.model.states import IssueState
from newsletter.sources.arranging import Arrangement, RankedCandidate, SectionFill, arrange
from newsletter.sources.cutting import one_line
from newsletter.sources.reporting import sentence_of
from newsletter.sources.showing_boards import ShownBoards, boards_of
from newsletter.sources.wording import OfferedItem
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications
from newsletter.store.sources import candidates, gatherings, moving, placed
from newsletter.zones import day_of, zone

log = structlog.get_logger(__name__)

MORE = 50
"""So many candidates of a section are looked at beyond those that it takes: some stand in the issue by another's hand."""
_TRIES = 5
_ALL = 10_000
"""More than a section can hold."""
_NOTE = re.compile(r"^# Assembled [^\r\n]*; tables: ([a-z0-9, -]+)", re.MULTILINE)
_NOTE_CHARS = 900
_SILENT_DAYS = (5, 6)  # arXiv announces on the evenings of Sunday to Thursday, New York's


FindBoards = Callable[[Session, Publication, SectionPlan, date], ShownBoards]
Also = Callable[[Session, Issue], None]


class _Drafts(Protocol):
    """What writes drafts: it knows the file, and who may."""

    def begin(
        self, publication_id: int, day: date, sections: Sequence[Section], *, note: str, by: Actor, also: Also
    ) -> Issue:
        """Store a new draft of a day, and what `also` writes. Raises ConflictError when its slug is taken."""

    def add(
        self, issue_id: int, revision: int, additions: Sequence[Addition], *, note: str, by: Actor, also: Also
    ) -> Issue:
        """Put more into a draft, and write what `also` writes. Raises ConflictError when it was changed since `revision`."""


@dataclass(frozen=True, slots=True)
class AssembledIssue:
    """What came of assembling: so many items were added to be mailed, so many kept for the archive alone. No id: nothing was written."""

    issue_id: int | None
    slug: str
    added: int = 0
    kept: int = 0
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that is known before anything is written."""

    home: Publication
    day: date
    issue: Issue | None
    arrangement: Arrangement
    sentence: str

    @property
    def slug(self) -> str:
        return self.issue.slug if self.issue else self.day.isoformat()


@dataclass(frozen=True)
class Assembling:
    """The tools of assembling, put together once per process."""

    database: Database
    clock: Clock
    drafts: _Drafts
    boards: FindBoards = boards_of

    def assemble(
        self,
        publication_id: int,
        day: date | None = None,
        *,
        only: Collection[int] = (),
        dry_run: bool = False,
        by: Actor,
    ) -> AssembledIssue:
        """Put what was gathered into the draft of a day, today's where none is named, or begin it. With `dry_run` nothing is written.

        `only`: ids of candidates that somebody chose: these alone, all of them mailed.

        An issue of that day that is no draft any more is left as it is, and told. Raises NotFoundError; ForbiddenError; ConflictError when
        somebody saved the draft again and again meanwhile.
        """
        for _ in range(_TRIES):
            seen = self._look(publication_id, day, only, by)
            if dry_run or (seen.issue and seen.issue.state is not IssueState.DRAFT):
                return _result(seen, seen.issue)
            try:
                return _result(seen, self._write(seen, by))
            except ConflictError as conflict:
                log.info(
                    "draft was changed meanwhile", publication_id=publication_id, slug=seen.slug, why=conflict.what
                )
        raise ConflictError(
            f"the draft {seen.slug!r} was changed each time that something was to be put into it", remedy="try again"
        )

    def _look(self, publication_id: int, day: date | None, only: Collection[int], by: Actor) -> _Seen:
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.WRITE, home.id)
            day = day or day_of(self.clock.now(), home.time_zone)
            issue = issues.find(session, home.id, day.isoformat()) or placed.issue_of_day(session, home.id, day)
            sentence = _gathered(session, home)
            if issue is not None and issue.state is not IssueState.DRAFT:
                why = f"the issue {issue.slug!r} is {issue.state}: nothing was put into it"
                return _Seen(home, day, issue, Arrangement((), (), (why,)), sentence)
            fills, told = _of_these(session, home, only) if only else self._fills(session, home, day)
            return _Seen(home, day, issue, _arranged(session, issue, fills, told), sentence)

    def _fills(self, session: Session, home: Publication, day: date) -> tuple[list[SectionFill], list[str]]:
        told: list[str] = []
        fills: list[SectionFill] = []
        from_arxiv = placed.sections_from(session, home.id, SourceKind.ARXIV)
        for plan in read_plan(home.sections):
            found = ShownBoards()
            chosen: list[RankedCandidate] = []
            if plan.kind is SectionKind.TABLES:
                found = self.boards(session, home, plan, day)
                told += found.told
            else:
                chosen = _chosen(session, home, plan)
            if not chosen and plan.slug in from_arxiv and day.weekday() in _SILENT_DAYS:
                told.append(f"{plan.title}: arXiv announces nothing on the evenings of Friday and Saturday")
            fills.append(SectionFill(plan, chosen, found.tables))
        return fills, told

    def _write(self, seen: _Seen, by: Actor) -> Issue | None:
        arrangement, issue = seen.arrangement, seen.issue

        def also(session: Session, written: Issue) -> None:
            moving.place(session, seen.home.id, arrangement.placed, written.id)

        if issue is None:
            if not arrangement.additions:
                return None
            sections = [addition.section for addition in arrangement.additions]
            return self.drafts.begin(seen.home.id, seen.day, sections, note=self._note(seen), by=by, also=also)
        if arrangement.additions:
            note, additions = self._note(seen), arrangement.additions
            return self.drafts.add(issue.id, issue.revision, additions, note=note, by=by, also=also)
        if arrangement.placed:  # an editor typed them: they are not offered again
            with self.database.write() as session:
                also(session, issue)
        return issue

    def _note(self, seen: _Seen) -> str:
        local = self.clock.now().astimezone(zone(seen.home.time_zone))
        arrangement = seen.arrangement
        parts = [f"{len(arrangement.items)} added", seen.sentence, *arrangement.told]
        tables = f"; tables: {', '.join(arrangement.tables)}" if arrangement.tables else ""
        said = one_line(f"Assembled {local:%Y-%m-%d %H:%M} {seen.home.time_zone}: {'; '.join(parts)}", _NOTE_CHARS)
        return said + tables


def _chosen(session: Session, home: Publication, plan: SectionPlan) -> list[RankedCandidate]:
    rows = candidates.open_in(session, home.id, plan.slug, limit=plan.mailed + plan.kept + MORE)
    rows = [row for row in rows if not row.is_joined]
    names = placed.names_of(session, {row.source_id for row in rows if row.source_id is not None})
    return [RankedCandidate(row.id, offer_of(row, names, home), row.cluster) for row in rows]


def _of_these(session: Session, home: Publication, ids: Collection[int]) -> tuple[list[SectionFill], list[str]]:
    rows = [row for row in candidates.by_ids(session, ids) if row.publication_id == home.id]
    rows = [row for row in rows if not row.is_joined and row.state in candidates.OPEN]
    names = placed.names_of(session, {row.source_id for row in rows if row.source_id is not None})
    chosen = [(row.section, RankedCandidate(row.id, offer_of(row, names, home))) for row in rows]
    planned = read_plan(home.sections)
    fills = [
        SectionFill(
            plan.model_copy(update={"mailed": _ALL, "kept": 0}), [each for slug, each in chosen if slug == plan.slug]
        )
        for plan in planned
    ]
    unplanned = sorted({row.section for row in rows} - {plan.slug for plan in planned})
    return fills, [f"the section {section!r} is not planned any more" for section in unplanned]


def offer_of(row: Candidate, names: Mapping[int, str], home: Publication) -> OfferedItem:
    """Return what a candidate says to an issue of its publication; `names` are those of sources, by id."""
    published = None if row.published is None or row.published_is_seen else day_of(row.published, home.time_zone)
    return OfferedItem(row.title, row.url, row.text, names.get(row.source_id or 0, ""), published, row.attributes)


def _arranged(session: Session, issue: Issue | None, fills: Sequence[SectionFill], told: list[str]) -> Arrangement:
    if issue is None:
        found = arrange(None, fills)
    else:
        document = Document.model_validate(issue.content)
        tables = {key.strip() for said in _NOTE.findall(issue.source) for key in said.split(",")}
        clusters = placed.clusters_in(session, issue.id)
        found = arrange(document, fills, text=issue.source, clusters=clusters, tables=tables)
    return Arrangement(found.additions, found.placed, (*told, *found.told))


def _gathered(session: Session, home: Publication) -> str:
    """Say how many sources answered when each was asked last, and which did not."""
    is_known = gatherings.last(session, home.id) is not None
    return sentence_of(session, home.id) if is_known else "nothing was gathered yet"


def _result(seen: _Seen, written: Issue | None) -> AssembledIssue:
    items = seen.arrangement.items
    added = sum(item.mailed for item in items)
    said = (seen.sentence, *seen.arrangement.told)
    return AssembledIssue(written.id if written else None, seen.slug, added, len(items) - added, said)
