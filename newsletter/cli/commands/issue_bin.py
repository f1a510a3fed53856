"""Delete a draft or an issue that moved in, look into the bin, and bring one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id, the_issue
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json, Yes
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model.states import IssueState

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model import BinnedIssue


def delete(slug: IssueSlug, publication: AnyPublication = "", yes: Yes = False, json: Json = False) -> None:
    """Delete a draft, or an issue that moved in. For 30 days it lies in the bin, and `restore` brings it back; its slug is free at once.

    Of an issue that moved in it asks first: anybody may read it. Its old addresses lead nowhere until it is restored.

    \b
      newsletter issue delete today
      newsletter issue list --deleted
    """
    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        if issue.state == IssueState.ARCHIVED and not yes:
            typer.confirm(f"{slug} stands in the archive, and old addresses lead to it. Delete it?", abort=True)
        gone = parts.deleting.delete(issue.id, by=at_machine())
    told = values(gone, issue.publication)
    if json:
        printing.as_json(told)
    else:
        until = told["restorable_until"]
        print(
            f"{slug} is deleted. Until {until:%Y-%m-%d} `newsletter issue restore {slug} -p {issue.publication}` brings it back."
        )


def restore(
    slug: IssueSlug,
    number: Annotated[
        int, typer.Option("--id", metavar="N", help="Which one, where several that had this slug were deleted.")
    ] = 0,
    new_slug: Annotated[str, typer.Option("--as", metavar="SLUG", help="Another slug, where its own is taken.")] = "",
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Make a deleted draft a draft again, or put a moved-in issue back into the archive. Where another issue has its slug by now, say under which one.

    \b
      newsletter issue restore today
      newsletter issue restore today --as today-2
    """
    from newsletter.cli.commands import issue_writing

    with opened() as parts:
        found = _the_one(parts, slug, number, publication)
        try:
            issue = parts.deleting.restore(found.id, slug=new_slug, by=at_machine())
        except ConflictError as error:
            remedy = f"{error.remedy}: `newsletter issue restore {slug} --id {found.id} --as {slug}-2`"
            raise ConflictError(error.what, where=error.where, remedy=remedy) from None
    if json:
        printing.as_json(issue_writing.values(issue))
    else:
        again = "a draft again" if issue.state is IssueState.DRAFT else "in the archive again"
        print(printing.safe(f"{issue.slug} is {again}: {issue.title}"))


def show(publication: str, limit: int, *, json: bool) -> None:
    """Print what lies in the bin, last deleted first."""
    from newsletter.issues.catalogue import in_bin

    with opened() as parts:
        found = in_bin(parts.database, publication_id=publication_id(parts, publication), limit=limit)
    rows = [values(gone, owner) for gone, owner in found]
    if json:
        printing.as_json(rows)
        return
    columns = ("id", "slug", "publication", "deleted_at", "restorable_until", "title")
    cells = [
        [str(row[column]).partition(" ")[0] if "_" in column else row[column] for column in columns] for row in rows
    ]
    printing.table([column.replace("_", " ") for column in columns], cells, empty="The bin is empty.")


def values(gone: BinnedIssue, publication: str) -> dict[str, Any]:
    """Return what programs may read of a deleted draft."""
    from newsletter.issues.deleting import KEPT_FOR

    return {
        "id": gone.id,
        "slug": gone.slug,
        "publication": publication,
        "title": gone.title,
        "subject": gone.subject,
        "dated": gone.dated,
        "revision": gone.revision,
        "deleted_at": gone.deleted_at,
        "restorable_until": gone.deleted_at + KEPT_FOR,
    }


def _the_one(parts: Parts, slug: str, number: int, publication: str) -> BinnedIssue:
    from newsletter.issues.catalogue import in_bin

    owner = publication_id(parts, publication)
    found = [gone for gone, _ in in_bin(parts.database, publication_id=owner, slug=slug) if number in (0, gone.id)]
    if not found:
        raise NotFoundError(
            f"no deleted issue {slug!r} lies in the bin", remedy="`newsletter issue list --deleted` shows what does"
        )
    if len(found) > 1:
        ways = "; ".join(f"--id {each.id} (deleted {each.deleted_at:%Y-%m-%d %H:%M} UTC)" for each in found)
        raise InputError(f"{len(found)} deleted issues had the slug {slug!r}", remedy=f"say which one: {ways}")
    return found[0]
