"""The first half of an issue's way: import, begin, list, see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id, the_issue, the_publication
from newsletter.cli.commands import issue_bin
from newsletter.cli.kinds import OutputChoice
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json

if TYPE_CHECKING:
    from newsletter.model import Issue

_SHOWN = 100


def import_file(
    file: Annotated[str, typer.Argument(metavar="FILE.md", help="Markdown with front matter; - for standard input.")],
    json: Json = False,
) -> None:
    """Store an issue file as a draft, or in the place of the draft with its slug. A bad file stores nothing.

    \b
      newsletter issue import 2026-05-09.md
    """
    from newsletter.issues.parsing import MAX_OCTETS

    text = files.read_at_most(file, MAX_OCTETS)
    with opened() as parts:
        issue = parts.editing.import_issue(text, source=file, by=at_machine())
    _tell(issue, f"{issue.slug} is stored as a draft: {issue.title}", json)


def new(publication: AnyPublication = "", json: Json = False) -> None:
    """Begin a draft from the starter text, dated today; write it at the desk, or preview it --as markdown into a file.

    \b
      newsletter issue new --publication daily
    """
    with opened() as parts:
        issue = parts.editing.new(the_publication(parts, publication).id, by=at_machine())
        desk = f"{parts.settings.base_url}/desk"
    _tell(issue, f"{issue.slug} is begun; write it at {desk}", json)


def list_all(
    publication: AnyPublication = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = _SHOWN,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those in the bin instead: drafts that were deleted within 30 days.")
    ] = False,
    json: Json = False,
) -> None:
    """List issues, newest first; of one publication or of all.

    \b
      newsletter issue list --publication daily --limit 5
      newsletter issue list --deleted
    """
    if deleted:
        issue_bin.show(publication, limit, json=json)
        return
    from newsletter.issues.catalogue import newest

    with opened() as parts:
        listed = newest(parts.database, publication_id=publication_id(parts, publication), limit=limit)
    found = [values(issue) | {"publication": owner} for issue, owner in listed]
    if json:
        printing.as_json(found)
        return
    columns = ("slug", "publication", "dated", "state", "title")
    rows = [[row[column] for column in columns] for row in found]
    printing.table(columns, rows, empty="No issue yet: `newsletter issue import FILE.md`.")


def preview(
    slug: IssueSlug,
    kind: Annotated[OutputChoice, typer.Option("--as", help="Which of its outputs.")] = OutputChoice.TEXT,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = "-",
    publication: AnyPublication = "",
) -> None:
    """Show an issue as it will go out: HTML of the mail, plain text, web page, Markdown, or the whole message.

    \b
      newsletter issue preview today --as email -o today.html
      newsletter issue preview today --as eml | head -40
    """
    with opened() as parts:
        content = parts.previewing.preview(the_issue(parts, slug, publication).id, kind.value)
    files.write(output, content)


def values(issue: Issue) -> dict[str, Any]:
    """Return what programs may read of an issue."""
    return {
        "id": issue.id,
        "slug": issue.slug,
        "title": issue.title,
        "subject": issue.subject,
        "dated": issue.dated,
        "state": issue.state.value,
        "revision": issue.revision,
        "scheduled_at": issue.scheduled_at,
        "published_at": issue.published_at,
        "finished_at": issue.finished_at,
    }


def _tell(issue: Issue, words: str, json: bool) -> None:
    if json:
        printing.as_json(values(issue))
    else:
        print(printing.safe(words))
