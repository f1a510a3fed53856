"""From what people call a thing to the thing itself: a door looks a slug up here, once, and hands ids on."""

from __future__ import annotations

from newsletter.errors import InputError, NotFoundError
from newsletter.model import Issue, Publication
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications


def publication_meant(database: Database, slug: str = "") -> Publication:
    """Return the publication with this slug, or the only one there is. Raises NotFoundError, and InputError when there are several."""
    if slug:
        return publication_named(database, slug)
    return _only(every_publication(database), "say which publication: --publication {}")


def publication_named(database: Database, slug: str) -> Publication:
    """Return the publication with this slug. Raises NotFoundError."""
    with database.read() as session:
        return publications.get(session, slug)


def publication_with(database: Database, issue: str, slug: str = "") -> Publication:
    """Return the publication with this slug, or the only one that has an issue of this name. Raises NotFoundError, InputError."""
    with database.read() as session:
        if slug:
            return publications.get(session, slug)
        everywhere = publications.all_of(session)
        having = [found for found in everywhere if issues.find(session, found.id, issue)]
    if everywhere and not having:
        raise NotFoundError(
            f"there is no issue {issue!r}",
            remedy="`newsletter issue list` shows those there are, with --deleted those in the bin",
        )
    return _only(having, "several publications have this issue: --publication {}")


def issue_named(database: Database, slug: str, publication: str = "") -> Issue:
    """Return the issue of this name, of a publication or of the only one that has such an issue. Raises NotFoundError, InputError."""
    return issue_and_home(database, slug, publication)[0]


def issue_and_home(database: Database, slug: str, publication: str = "") -> tuple[Issue, Publication]:
    """Return the same, with the publication it is of. Raises NotFoundError, InputError."""
    home = publication_with(database, slug, publication)
    with database.read() as session:
        return issues.get(session, home.slug, slug), home


def every_publication(database: Database) -> list[Publication]:
    """Return all publications, by slug."""
    with database.read() as session:
        return publications.all_of(session)


def known_by(database: Database, slug: str) -> tuple[Publication | None, Publication | None]:
    """Return the publication with this slug, and the one that had it before: None where there is none."""
    with database.read() as session:
        return publications.find(session, slug), publications.formerly(session, slug)


def issue_by_id(database: Database, issue_id: int) -> tuple[Issue, Publication]:
    """Return an issue and its publication. Raises NotFoundError."""
    with database.read() as session:
        found = issues.by_id(session, issue_id)
        return found, issues.publication_of(session, found)


def issue_of(database: Database, issue_id: int, publication_id: int) -> Issue:
    """Return an issue of a publication. Raises NotFoundError, also for one of another."""
    found, home = issue_by_id(database, issue_id)
    if home.id != publication_id:
        raise no_such_issue(issue_id)
    return found


def no_such_issue(issue_id: int) -> NotFoundError:
    """Return what is said of an issue that is not there, or that somebody may not see."""
    return issues.no_such_id(issue_id)


def _only(found: list[Publication], several: str) -> Publication:
    if not found:
        raise NotFoundError("there is no publication yet", remedy="`newsletter publication create --help`")
    if len(found) > 1:
        slugs = "|".join(publication.slug for publication in found)
        raise InputError("more than one publication could be meant", remedy=several.format(slugs))
    return found[0]
