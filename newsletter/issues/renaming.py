"""Give a publication or an issue another slug; the old addresses lead to the new ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.issues import entries, recording
from newsletter.issues.editing import read_document
from newsletter.issues.front_matter import with_slug
from newsletter.model import Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.brand import RESERVED_ISSUE_SLUGS, RESERVED_SLUGS
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.slugs import check_slug
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.model.texts import SLUG
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications

MOVABLE = frozenset({IssueState.DRAFT, IssueState.SENT, IssueState.CANCELLED, IssueState.ARCHIVED})
"""States in which no mail is on its way that names the old address."""


@dataclass(frozen=True)
class Renaming:
    """The tools of renaming, put together once per process."""

    database: Database
    clock: Clock

    def rename_publication(self, publication_id: int, new: str, *, by: Actor) -> Publication:
        """Give a publication the slug `new`; its List-Id stays, and files that name the old slug are read as before.

        Raises NotFoundError; ForbiddenError; InputError when `new` is no slug; ConflictError when it is taken.
        """
        check_slug(new)
        now = self.clock.now()
        with self.database.write() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, home.id)
            old = home.slug
            if old == new:
                raise ConflictError(f"its slug is {new!r} already")
            publications.rename(session, home, new, now)
            subject = audit.Subject("publication", home.id, new)
            audit.add(session, by, "publication.rename", subject, at=now, publication_id=home.id, old=old, new=new)
        return home

    def rename_issue(self, issue_id: int, new: str, *, by: Actor) -> Issue:
        """Give an issue the slug `new`; a draft has it in its text as well.

        Raises NotFoundError; ForbiddenError; InputError when `new` is no slug; ConflictError when it is taken, or mail is on its way.
        """
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.WRITE if issue.state is IssueState.DRAFT else Right.SEND, issue.publication_id)
            if issue.state not in MOVABLE:
                raise ConflictError(f"an issue that is {issue.state} keeps its slug", remedy=WAYS_ON[issue.state])
            values = _text_with(issue, new) if issue.state is IssueState.DRAFT else _sent_with(issue, new)
            old = issue.slug
            before = recording.Before.of(issue)
            issues.rename(session, issue, new, values | {"changed_at": now, "written_by": by.person}, now)
            if before.revision != issue.revision:
                recording.record(session, issue, by, RevisionOrigin.RENAMED, before)
            entries.add(session, by, "issue.rename", issue, at=now, values=Values(old, new))
        return issue


def clashing(database: Database) -> list[tuple[str, str]]:
    """Return the slugs of publications, and of issues with their publication's, that are the service's own; an empty one is none."""
    with database.read() as session:
        homes = {each.id: each.slug for each in publications.all_of(session)}
        taken = issues.with_slugs(session, RESERVED_ISSUE_SLUGS)
    owners = [(slug, "") for slug in homes.values() if slug in RESERVED_SLUGS]
    return [*owners, *((homes[issue.publication_id], issue.slug) for issue in taken)]


def was_named(database: Database, publication: Publication, slug: str) -> bool:
    """Tell whether a slug is, or was, that of a publication."""
    if slug == publication.slug:
        return True
    with database.read() as session:
        had = publications.formerly(session, slug)
    return had is not None and had.id == publication.id


def _text_with(issue: Issue, new: str) -> dict[str, object]:
    """Return a draft with another slug, in its text too. Raises InputError."""
    text = with_slug(issue.source, new)
    document = read_document(text, source=issue.slug)
    if document.slug != new:
        raise _no_slug(new)
    return {"source": text, "content": document.model_dump(mode="json"), "revision": issue.revision + 1}


def _sent_with(issue: Issue, new: str) -> dict[str, object]:
    """Return what was sent with another slug; its text stays what it was, and need not be readable any more. Raises InputError."""
    if not re.fullmatch(SLUG, new) or new in RESERVED_ISSUE_SLUGS:
        raise _no_slug(new)
    return {"content": {**issue.content, "slug": new}}


def _no_slug(new: str) -> InputError:
    return InputError(f"{new[:100]!r} cannot be a slug", where="slug", remedy="small letters, digits and hyphens")
