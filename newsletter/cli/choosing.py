"""Which publication is meant when the operator did not say: the only one that could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model import Issue, Publication


def the_publication(parts: Parts, given: str) -> Publication:
    """Return the publication with the slug `given`, or the only one. Raises NotFoundError, and InputError when there are several."""
    from newsletter.issues.addressing import publication_meant

    return publication_meant(parts.database, given)


def publication_id(parts: Parts, given: str) -> int | None:
    """Return the id of the publication with this slug, None where none was given: everywhere. Raises NotFoundError."""
    return the_publication(parts, given).id if given else None


def publication_for(parts: Parts, given: str) -> str:
    """Return `given`, or the slug of the only publication. Raises NotFoundError, and InputError when there are several."""
    return the_publication(parts, given).slug


def publication_with(parts: Parts, issue: str, given: str) -> str:
    """Return `given`, or the slug of the only publication that has this issue. Raises NotFoundError, InputError."""
    from newsletter.issues import addressing

    return addressing.publication_with(parts.database, issue, given).slug


def the_issue(parts: Parts, slug: str, given: str) -> Issue:
    """Return an issue by its slug, of the publication `given` or of the only one that has it. Raises NotFoundError, InputError."""
    from newsletter.issues.addressing import issue_named

    return issue_named(parts.database, slug, given)
