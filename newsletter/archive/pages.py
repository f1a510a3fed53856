"""The archive's pages: the list of publications, an index of issues, one issue, one item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from newsletter.errors import MovedError, NotFoundError
from newsletter.model import Edition, Issue, IssueSection, Publication
from newsletter.model.document import Document, ItemBase, Section
from newsletter.model.surroundings import Surroundings
from newsletter.paging import IssueMark, cut, read_issue_mark, write_issue_mark
from newsletter.sentences import sentence
from newsletter.store.archive import published
from newsletter.store.database import Database
from newsletter.store.issues import issues, moved
from newsletter.store.publications import publications

PAGE = 30
"""Issues on one page of the index."""


@dataclass(frozen=True)
class Shelf:
    """A publication with its newest published issue, for the list of publications."""

    publication: Publication
    newest: Issue | None


@dataclass(frozen=True)
class Index:
    """One page of a publication's issues, newest first; `older` is the mark of the next page, or empty."""

    publication: Publication
    issues: tuple[Issue, ...]
    sections: tuple[IssueSection, ...]
    older: str
    first: bool


@dataclass(frozen=True)
class IssuePage:
    """One published issue: its latest edition and its neighbours. `document` is read when first asked for."""

    publication: Publication
    issue: Issue
    edition: Edition
    previous: Issue | None
    next: Issue | None
    filled: frozenset[str] = frozenset()
    """Which of its empty sections had items in other issues."""

    @property
    def surroundings(self) -> Surroundings:
        """What is around it in the archive."""
        return Surroundings(filled=self.filled)

    @cached_property
    def document(self) -> Document:
        """The frozen content."""
        names = {"publication": self.publication.slug, "slug": self.issue.slug}  # it may have been renamed
        return read_document(self.edition.content | names)

    @property
    def published(self) -> datetime:
        """When the archive began to show it."""
        return self.issue.published_at or self.edition.created_at

    def item(self, section_slug: str, key: str) -> tuple[Section, ItemBase]:
        """Return a section and its item. Raises NotFoundError."""
        for section in self.document.sections:
            for item in section.items if section.slug == section_slug else ():
                if item.key == key:
                    return section, item
        raise NotFoundError(sentence("there is no such item in this issue"))


def shelves(database: Database) -> list[Shelf]:
    """Return every publication with its newest issue, by name."""
    with database.read() as session:
        found = [
            Shelf(p, next(iter(published.issues(session, p.id, before=None, limit=1)), None))
            for p in publications.all_of(session)
        ]
    return sorted(found, key=lambda shelf: shelf.publication.name.casefold())


def index(database: Database, *, publication: str, before: str = "") -> Index:
    """Return a page of published issues. Raises NotFoundError, or InputError for a mark that cannot be read."""
    mark = read_issue_mark(before)
    with database.read() as session:
        owner = find_publication(session, publication)
        found = published.issues(session, owner.id, before=mark, limit=PAGE + 1)
        sections = published.sections(session, owner.id)
    shown, older = cut(found, PAGE, lambda last: write_issue_mark(IssueMark(last.dated, last.id)))
    return Index(owner, tuple(shown), tuple(sections), older or "", first=mark is None)


def issue_page(database: Database, *, publication: str, slug: str) -> IssuePage:
    """Return a published issue. Raises NotFoundError for a draft as for anything else that is not there."""
    with database.read() as session:
        owner = find_publication(session, publication)
        found = published.find(session, owner.id, slug)
        if found is None:
            raise _nowhere(session, owner.id, slug)
        older, newer = published.neighbours(session, found[0])
        empty = [section["slug"] for section in found[1].content["sections"] if not _has_mailed(section)]
        filled = published.filled(session, owner.id, empty)
    return IssuePage(owner, *found, previous=older, next=newer, filled=filled)


def _has_mailed(section: dict[str, Any]) -> bool:
    return any(item.get("mailed", True) for item in section["items"])


def _nowhere(session: Session, publication_id: int, slug: str) -> NotFoundError:
    had = issues.formerly(session, publication_id, slug)
    if had is not None and had.published_at is not None:
        return MovedError("this issue has another address", old=slug, new=had.slug, depth=1)
    return NotFoundError(sentence("there is no such issue in this archive"))


def moved_to(database: Database, path: str) -> str:
    """Return the path of the issue that stood at a path before it moved in, or "": on a host of its own, or below its publication."""
    path = path.rstrip("/")
    first, _, below = path.removeprefix("/").partition("/")
    with database.read() as session:
        found = moved.at_path(session, path)
        home = (
            publications.find(session, first) or publications.formerly(session, first)
            if found is None and below
            else None
        )
        if home is not None:
            found = moved.at_path(session, f"/{below}", home.id)
    return f"/{found.publication}/{found.issue}" if found else ""


def read_document(content: dict[str, Any]) -> Document:
    """Return the Document kept as JSON."""
    return Document.model_validate(content)


def publication_named(database: Database, *, slug: str) -> Publication:
    """Return the publication. Raises NotFoundError."""
    with database.read() as session:
        return find_publication(session, slug)


def find_publication(session: Session, slug: str) -> Publication:
    """Return the publication, without telling a stranger which others there are. Raises NotFoundError."""
    publication = publications.find(session, slug)
    if publication is None:
        had = publications.formerly(session, slug)
        if had is not None:
            raise MovedError("this publication has another address", old=slug, new=had.slug, depth=0)
        raise NotFoundError(sentence("there is no such publication"))
    return publication
