"""`newsletter issue assemble`: a draft of what was gathered."""

from __future__ import annotations

from datetime import date as day_type
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import named_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.sources.assembling import AssembledIssue


def assemble(
    publication: Annotated[str, typer.Argument(metavar="PUBLICATION", help="Slug of the publication.")],
    date: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day of the issue; without it, today's.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come, and write nothing.")] = False,
    json: Json = False,
) -> None:
    """Put what was gathered into the draft of a day, or begin it. Again, it adds only what is new, and changes nothing that stands there.

    \b
      newsletter issue assemble daily
      newsletter issue assemble daily --date 2026-05-09 --dry-run
    """
    day = _read(date) if date else None
    with opened() as parts:
        home = named_publication(parts, publication)
        made = parts.assembling.assemble(home.id, day, dry_run=dry_run, by=at_machine())
        desk = f"{parts.settings.base_url}/desk/{home.slug}/issues/{made.issue_id}"
    if json:
        printing.as_json(_facts(made, dry_run=dry_run))
        return
    for word in made.told:
        printing.aside(word)
    print(printing.safe(_said(made, desk, dry_run=dry_run)))


def _read(text: str) -> day_type:
    try:
        return day_type.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day", where="--date", remedy="write it like 2026-05-09") from None


def _facts(made: AssembledIssue, *, dry_run: bool) -> dict[str, Any]:
    counts = {"added": made.added, "kept": made.kept}
    return {"id": made.issue_id, "slug": made.slug, **counts, "told": list(made.told), "dry_run": dry_run}


def _said(made: AssembledIssue, desk: str, *, dry_run: bool) -> str:
    items = f"{made.added} item{'' if made.added == 1 else 's'} to be mailed"
    if not made.added and not made.kept:
        return f"nothing new for {made.slug}"
    if dry_run:
        return f"{made.slug} would get {items}, and {made.kept} for the archive alone"
    return f"{made.slug} has got {items}, and {made.kept} for the archive alone; write its lead at {desk}"
