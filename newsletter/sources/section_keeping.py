"""The plan of a publication's sections: which there are for its sources to fill, changed by hand or by a source that names a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.document import SectionKind
from newsletter.model.rights import Right
from newsletter.model.section_plan import MOST_SECTIONS, SectionPlan, read_plan
from newsletter.model.sources import SourceKind
from newsletter.model.texts import SECTION_SLUG
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import sources

FILLED = (SectionKind.LINKS, SectionKind.PAPERS, SectionKind.TABLES, SectionKind.REPOSITORIES)
"""Kinds of sections that sources fill."""
KIND_FOR = {
    SourceKind.ARXIV: SectionKind.PAPERS,
    SourceKind.HF_PAPERS: SectionKind.PAPERS,
    SourceKind.GITHUB: SectionKind.REPOSITORIES,
    SourceKind.TABLE: SectionKind.TABLES,
}
"""What a section becomes that is made for the first source of a kind; links, where nothing is said."""


@dataclass(frozen=True)
class SectionKeeping:
    """The tools of planning sections, put together once per process."""

    database: Database
    clock: Clock

    def planned(self, publication_id: int) -> tuple[SectionPlan, ...]:
        """Return the sections of a publication in their order. Raises NotFoundError."""
        with self.database.read() as session:
            return read_plan(publications.by_id(session, publication_id).sections)

    def put(self, publication_id: int, section: dict[str, Any], *, by: Actor) -> tuple[SectionPlan, ...]:
        """Add a section at the end, or change the one with its `slug` in what is named; return the plan.

        Raises InputError that names the field, ForbiddenError, NotFoundError.
        """
        with self.database.write() as session:
            home = publications.lock(session, publication_id)
            require(by, Right.WRITE, home.id)
            plan = list(read_plan(home.sections))
            known = {each.slug: place for place, each in enumerate(plan)}
            slug = str(section.get("slug", ""))
            if slug in known:
                plan[known[slug]] = _read(plan[known[slug]].model_dump() | section)
            else:
                plan.append(_read({"title": title_of(slug)} | section))
            keep(home, plan)
            audit.add(session, by, "publication.sections", *_noted(home), new=slug, **self._at(home))
        return tuple(plan)

    def drop(self, publication_id: int, section: str, *, by: Actor) -> tuple[SectionPlan, ...]:
        """Take the section with this slug out; return the plan. Raises NotFoundError, ConflictError while sources fill it, ForbiddenError."""
        with self.database.write() as session:
            home = publications.lock(session, publication_id)
            require(by, Right.WRITE, home.id)
            plan = [each for each in read_plan(home.sections) if each.slug != section]
            if len(plan) == len(read_plan(home.sections)):
                raise NotFoundError(f"there is no section {section[:80]!r}", remedy=f"there are: {_slugs(plan)}")
            filling = [name for name, _, slug in sources.names_and_addresses(session, home.id) if slug == section]
            if filling:
                raise ConflictError(
                    f"{len(filling)} sources fill it, such as {filling[0]!r}", remedy="give them another section first"
                )
            keep(home, plan)
            audit.add(session, by, "publication.sections", *_noted(home), old=section, **self._at(home))
        return tuple(plan)

    def order(self, publication_id: int, wanted: Sequence[str], *, by: Actor) -> tuple[SectionPlan, ...]:
        """Put the sections into the order of these slugs, all of them named; return the plan. Raises InputError, ForbiddenError."""
        with self.database.write() as session:
            home = publications.lock(session, publication_id)
            require(by, Right.WRITE, home.id)
            known = {each.slug: each for each in read_plan(home.sections)}
            if sorted(wanted) != sorted(known):
                raise InputError("name each section once", where="order", remedy=f"there are: {_slugs(known.values())}")
            keep(home, plan := [known[slug] for slug in wanted])
            audit.add(session, by, "publication.sections", *_noted(home), new=", ".join(wanted), **self._at(home))
        return tuple(plan)

    def _at(self, home: Publication) -> dict[str, Any]:
        return {"at": self.clock.now(), "publication_id": home.id}


def keep(home: Publication, plan: Sequence[SectionPlan]) -> None:
    """Put a plan into the row of a publication. Raises InputError when it is empty or too long."""
    if not 1 <= len(plan) <= MOST_SECTIONS:
        raise InputError(
            f"a publication has 1 to {MOST_SECTIONS} sections", where="sections", remedy="put two into one"
        )
    home.sections = [each.model_dump(mode="json") for each in plan]


def see_section(home: Publication, section: str, kind: SourceKind) -> None:
    """See that a source of a kind can fill a section of a publication, which is appended to the plan when it is not there.

    Where the publication had no plan it has one from here on. Raises InputError.
    """
    plan = list(read_plan(home.sections))
    found = next((each for each in plan if each.slug == section), None)
    if found is None:
        if not re.fullmatch(SECTION_SLUG, section):
            raise InputError(
                f"{section[:80]!r} cannot stand for a section",
                where="section",
                remedy=f"use a-z, 0-9 and hyphens; there are: {_slugs(plan)}",
            )
        found = _read({"slug": section, "title": title_of(section), "kind": KIND_FOR.get(kind, SectionKind.LINKS)})
        plan.append(found)
    if (found.kind is SectionKind.TABLES) != (kind is SourceKind.TABLE):
        raise InputError(
            f"the section {section!r} holds {found.kind.value}, which a source of kind {kind.value} does not offer",
            where="section",
            remedy="a table fills a section of tables, and nothing else does; name another section",
        )
    keep(home, plan)


def title_of(section: str) -> str:
    """Return a heading made of a section's slug."""
    words = section.replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _read(section: dict[str, Any]) -> SectionPlan:
    try:
        read = SectionPlan.model_validate(section)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).replace("_", " ") if first["loc"] else "section"
        raise InputError(first["msg"], where=field, remedy="see docs/sources.md") from None
    if read.kind not in FILLED:
        raise InputError(
            f"no source fills a section of kind {read.kind.value}",
            where="kind",
            remedy=f"there are: {', '.join(FILLED)}",
        )
    return read


def _slugs(plan: Any) -> str:
    return ", ".join(each.slug for each in plan)


def _noted(home: Publication) -> tuple[audit.Subject]:
    return (audit.Subject("publication", home.id, home.slug),)
