"""`newsletter source gather` and `upload`: ask the sources now, or take in a file as the answer of one."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import named_publication, the_publication
from newsletter.cli.commands import (
    source_options,
    source_showing,
)
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json


def gather(
    publication: Annotated[str, typer.Argument(metavar="PUBLICATION", help="Slug of the publication.")],
    source: Annotated[str, typer.Option(metavar="SOURCE", help="Only this one, by its name or number.")] = "",
    json: Json = False,
) -> None:
    """Ask the sources of a publication now, and say what came of each. Exit code 1 when one is missing.

    \b
      newsletter source gather daily
      newsletter source gather daily --source example.org --json
    """
    with opened() as parts:
        home = named_publication(parts, publication)
        only = source_options.the_source(parts, home.id, source).id if source else None
        report = parts.gathering.gather(home.id, by=at_machine(), source_id=only)
    source_showing.tell_report(report, json)
    if report.missing:
        raise typer.Exit(1)


def upload(
    source: source_options.Which,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What it says; - is standard input.")],
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Take in a file as the answer of a source, such as a board that has no address.

    \b
      newsletter source upload "Coding board" board.csv
    """
    from newsletter.sources.asking import OCTETS

    content = files.read_at_most(file, OCTETS)
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        came = parts.uploading.upload(found.id, content, by=at_machine())
    if json:
        printing.as_json({"found": came.found, "new": came.new, "told": list(came.told)})
        return
    for words in came.told:
        printing.aside(words)
    print(printing.safe(f"{came.found} found in {file}, {came.new} of them new candidates."))
