"""The first half of an issue's way: import, begin, list, see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id, the_issue, the_publication
from newsletter.cli.commands import issue_bin
from newsletter.cli.kinds import OutputChoice
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, IssueSlug, Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.imaging.files import Files
    from newsletter.model import Issue

_SHOWN = 100


def import_file(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Markdown with front matter, or a .zip of it; - for standard input."),
    ],
    copy_images: Annotated[
        bool, typer.Option("--copy-images", help="Keep a copy of the images that lie elsewhere on the web.")
    ] = False,
    json: Json = False,
) -> None:
    """Store an issue file as a draft, or in the place of the draft with its slug. A bad file stores nothing.

    Images that it names by a path are taken from beside the file, or out of the .zip.

    \b
      newsletter issue import 2026-05-09.md
      newsletter issue import 2026-05-09.zip
      newsletter issue import 2026-05-09.md --copy-images
    """
    from newsletter.issues.bringing import Luggage

    text, beside = _read_with_files(file)
    with opened() as parts:
        brought = parts.bringing.import_issue(text, Luggage(beside, copy_images), source=file, by=at_machine())
    for word in brought.told:
        printing.aside(word)
    issue, count = brought.issue, brought.images
    with_images = f" with {count} image{'' if count == 1 else 's'}" if count else ""
    _tell(issue, f"{issue.slug} is stored as a draft{with_images}: {issue.title}", json)


def _read_with_files(file: str) -> tuple[bytes, Files | None]:
    """Return an issue file and the files that it may name: beside it, in its archive, or none from standard input. Raises InputError."""
    from newsletter.imaging.files import MAX_PACKED, Beside, is_packed, unpack
    from newsletter.issues.parsing import MAX_OCTETS

    with files.reading(file) as opening:
        head = opening.read(MAX_OCTETS + 1)
        packed = is_packed(head)
        content = head + opening.read(MAX_PACKED + 1 - len(head)) if packed else head
    if not packed:
        if len(content) > MAX_OCTETS:
            what = f"the file is larger than {MAX_OCTETS:,} octets"
            raise InputError(what, where=file, remedy="is it the right file?")
        return content, None if file == files.STANDARD else Beside(Path(file).parent)
    if len(content) > MAX_PACKED:
        what = f"the archive is larger than {MAX_PACKED:,} octets"
        raise InputError(what, where=file, remedy="pack the text and its images alone")
    archive = unpack(content, where=file)
    return archive.text(MAX_OCTETS), archive


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
