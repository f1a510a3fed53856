"""Which publication is meant when the operator did not say: the only one that could be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.bootstrap.ledger import LedgerParts
    from newsletter.model import Publication


def the_publication(parts: LedgerParts, given: str) -> Publication:
    """Return the publication with the slug `given`, or the only one. Raises NotFoundError, and InputError when there are several."""
    from newsletter.issues.addressing import publication_meant

    return publication_meant(parts.database, given)


def named_publication(parts: Parts, slug: str) -> Publication:
    """Return the publication with this slug, which must be said. Raises NotFoundError."""
    from newsletter.issues.addressing import publication_named

    return publication_named(parts.database, slug)


def publication_id(parts: Parts, given: str) -> int | None:
    """Return the id of the publication with this slug, None where none was given: everywhere. Raises NotFoundError."""
    return the_publication(parts, given).id if given else None


class ChosenIssue(NamedTuple):
    """The issue that a command is about: its id, and the words people know it by."""

    id: int
    slug: str
    publication: str
    state: str


def the_issue(parts: Parts, slug: str, given: str) -> ChosenIssue:
    """Return an issue by its slug, of the publication `given` or of the only one that has it. Raises NotFoundError, InputError."""
    from newsletter.issues.addressing import issue_and_home

    issue, home = issue_and_home(parts.database, slug, given)
    return ChosenIssue(issue.id, issue.slug, home.slug, issue.state)
