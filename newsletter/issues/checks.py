"""What the doctor says of slugs that stand where a page of the service stands, or will."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.issues.renaming import clashing
from newsletter.store.database import Database
from newsletter.verdicts import Result

_TOLD = 5


def names(database: Database) -> Iterable[Result]:
    """Look for publications and issues whose addresses are, or will be, pages of the service itself."""
    found = clashing(database)
    for publication, issue in found[:_TOLD]:
        what = f"the issue {issue!r} of {publication!r}" if issue else f"the publication {publication!r}"
        rename = f"issue rename {issue} NEW -p {publication}" if issue else f"publication rename {publication} NEW"
        remedy = f"`newsletter {rename}`; the old address leads to the new one where nothing else stands"
        yield Result("names", "doubtful", f"{what} has the address of a page of the service", remedy)
    if len(found) > _TOLD:
        yield Result("names", "doubtful", f"and {len(found) - _TOLD:,} more")
    if not found:
        yield Result("names", "good", "no slug stands where a page of the service does")
