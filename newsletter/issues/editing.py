"""Write issues: import a file, save an edit, begin a new one. What cannot be read is refused and leaves nothing stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.issues.drafts import add_draft, new_draft, rewrite_draft, values_of
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import drafted_marks
from newsletter.issues.starting import starter
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.brand import RESERVED_ISSUE_SLUGS
from newsletter.model.document import Document
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.images.images import NewImage, keep
from newsletter.store.issues import issues
from newsletter.store.publications import publications
from newsletter.zones import day_of

MAX_LINE = 300
"""Longest title and subject the ledger keeps, in characters."""
_TRIES = 5


@dataclass(frozen=True)
class Editing:
    """The tools of writing, put together once per process."""

    database: Database
    clock: Clock

    def import_issue(self, text: str | bytes, *, source: str, by: Actor, images: Collection[NewImage] = ()) -> Issue:
        """Store an issue file as a draft, or in the place of the draft with its slug, with the `images` that come along.

        `source` is the file's name in errors. Raises DocumentError or InputError (nothing is stored), NotFoundError for an
        unknown publication, ForbiddenError, ConflictError when the issue is no draft any more.
        """
        document = read_document(text, source=source)
        with self.database.write() as session:
            publication = publications.get(session, document.publication)
            require(by, Right.WRITE, publication.id)
            for image in images:
                keep(session, publication.id, image, by=by, at=self.clock.now())
            existing = issues.find(session, publication.id, document.slug)
            if existing is None:
                draft = new_draft(publication.id, values_of(document, _typed(text), self.clock, by))
                return add_draft(session, draft, by, RevisionOrigin.IMPORTED)
            values = values_of(document, _typed(text), self.clock, by)
            return rewrite_draft(session, existing, existing.revision, values, by, origin=RevisionOrigin.IMPORTED)

    def save(
        self,
        issue_id: int,
        *,
        text: str,
        revision: int,
        by: Actor,
        by_hand: bool = False,
        origin: RevisionOrigin = RevisionOrigin.TYPED,
    ) -> Issue:
        """Store an edit of a draft made on `revision`; an edit that changes nothing leaves the revision alone.

        `by_hand`: a person typed it, and so has read what they changed: drafted words among that lose their mark.

        Raises DocumentError or InputError (nothing is stored), ForbiddenError, SavedMeanwhileError when someone saved in between,
        ConflictError when the issue is no draft, or when the new slug is taken.
        """
        document = read_document(text)
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            theirs = drafted_marks.by_hand(text, issue.source) if by_hand else text
            if theirs != text:
                text, document = theirs, read_document(theirs)
            if publications.get(session, document.publication).id != issue.publication_id:
                raise InputError(
                    "an issue stays with its publication",
                    where="publication",
                    remedy="import it as a new issue of the other one",
                )
            if issue.source == text and issue.revision == revision and issue.state is IssueState.DRAFT:
                return issue
            return rewrite_draft(session, issue, revision, values_of(document, text, self.clock, by), by, origin=origin)

    def new(self, publication_id: int, *, by: Actor) -> Issue:
        """Store a draft made from the starter text under a slug that is free, dated today in the publication's time zone.

        Raises NotFoundError; ForbiddenError; InputError when this machine does not know that zone.
        """
        for _ in range(_TRIES):
            with self.database.write() as session:
                home = publications.by_id(session, publication_id)
                require(by, Right.WRITE, home.id)
                today = day_of(self.clock.now(), home.time_zone)
                slug = free_slug(today.isoformat(), issues.slugs_like(session, home.id, today.isoformat()))
                text = starter(home.slug, home.name, home.language, slug, today, body=home.new_issue)
                try:
                    return add_draft(
                        session, new_draft(home.id, values_of(read_document(text), text, self.clock, by)), by
                    )
                except ConflictError:
                    session.rollback()  # another editor took this slug at the same moment
        raise ConflictError("no free slug was found for a new issue", remedy="try again")


def read_document(text: str | bytes, *, source: str = "issue", names_files: bool = False) -> Document:
    """Return the Document in an issue file, fit for the ledger: see `parse_issue`. Raises DocumentError or InputError."""
    document = parse_issue(text, source=source, names_files=names_files)
    if document.slug in RESERVED_ISSUE_SLUGS:
        raise InputError(
            f"the slug {document.slug!r} is an address of the archive itself",
            where=source,
            remedy="choose another slug",
        )
    for name in ("title", "subject"):
        if len(getattr(document, name)) > MAX_LINE:
            raise InputError(f"the {name} is longer than {MAX_LINE} characters", where=source, remedy="shorten it")
    return document


def _typed(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8-sig")


def free_slug(wanted: str, taken: set[str]) -> str:
    """Return a slug that none of an issue's neighbours has: this one, or the same with a number."""
    candidates = [wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)
