"""Which publication is meant when the operator did not say: the only one that could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts


def publication_for(parts: Parts, given: str) -> str:
    """Return `given`, or the slug of the only publication. Raises NotFoundError, and InputError when there are several."""
    from newsletter.store import publications

    with parts.database.read() as session:
        if given:
            return publications.get(session, given).slug
        slugs = [publication.slug for publication in publications.all_of(session)]
    return _only(slugs, f"say which publication: --publication {'|'.join(slugs)}")


def publication_with(parts: Parts, issue: str, given: str) -> str:
    """Return `given`, or the slug of the only publication that has this issue. Raises NotFoundError, InputError."""
    from newsletter.store import issues, publications

    with parts.database.read() as session:
        if given:
            return publications.get(session, given).slug
        everywhere = publications.all_of(session)
        slugs = [publication.slug for publication in everywhere if issues.find(session, publication.id, issue)]
    if everywhere and not slugs:
        raise NotFoundError(
            f"there is no issue {issue!r}",
            remedy="`newsletter issue list` shows those there are, with --deleted those in the bin",
        )
    return _only(slugs, f"several publications have this issue: --publication {'|'.join(slugs)}")


def _only(slugs: list[str], several: str) -> str:
    if not slugs:
        raise NotFoundError("there is no publication yet", remedy="`newsletter publication create --help`")
    if len(slugs) > 1:
        raise InputError("more than one publication could be meant", remedy=several)
    return slugs[0]
