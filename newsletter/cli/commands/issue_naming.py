"""Say that an issue may go out, and give one another slug."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_issue
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json


def approve(slug: IssueSlug, publication: AnyPublication = "", json: Json = False) -> None:
    """Say that a draft may go out as it stands. Whoever sends it must be somebody else; a change of its text asks anew.

    It is needed where `newsletter publication change SLUG --four-eyes on` asks for a second person.

    \b
      newsletter issue approve today
    """
    with opened() as parts:
        issue = the_issue(parts, slug, publication)
        revision = parts.approving.approve(issue.id, by=at_machine())
    if json:
        printing.as_json({"slug": slug, "publication": issue.publication, "revision": revision})
    else:
        print(f"Revision {revision} of {slug} is approved.")


def rename(
    slug: IssueSlug,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new slug.")],
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Give a draft, or an issue that was sent, another slug. Its old addresses lead to the new ones.

    \b
      newsletter issue rename about about-us
    """
    from newsletter.cli.commands import issue_writing

    with opened() as parts:
        issue = parts.renaming.rename_issue(the_issue(parts, slug, publication).id, new, by=at_machine())
    if json:
        printing.as_json(issue_writing.values(issue))
    else:
        print(f"{slug} is {issue.slug} now.")
