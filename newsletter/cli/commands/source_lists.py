"""`newsletter source import-opml` and `export-opml`: lists of feeds, as feed readers hand them on."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import source_showing
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json

Plain = Annotated[bool, typer.Option("--plain-http", help="Take addresses that begin with http: as they are.")]


def import_opml(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An OPML file; - is standard input.")],
    section: Annotated[
        str, typer.Option(metavar="SLUG", help="Section of feeds whose folder is not called like one of the plan.")
    ] = "wire",
    publication: AnyPublication = "",
    plain_http: Plain = False,
    json: Json = False,
) -> None:
    """Add the feeds of an OPML file, all in one step; folders called like a section fill it. What is there already is told.

    \b
      newsletter source import-opml feeds.opml --section wire
    """
    from newsletter.sources import opml

    feeds = opml.read(files.read_at_most(file, opml.MOST_OCTETS))
    with opened() as parts:
        home = the_publication(parts, publication)
        plan = parts.section_keeping.planned(home.id)
        wanted = opml.wanted(feeds, plan, otherwise=section, plain_http=plain_http)
        came = parts.sources.add_all(home.id, wanted, by=at_machine())
    if json:
        added = [source_showing.values(source) for source in came.added]
        printing.as_json({"listed": len(feeds), "added": added, "told": list(came.told)})
        return
    for words in came.told:
        printing.aside(words)
    print(f"{len(came.added)} of {len(feeds)} feeds were added.")


def export_opml(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")] = "-",
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Write the sources of a publication as OPML, a folder for each section.

    \b
      newsletter source export-opml feeds.opml
    """
    from newsletter.sources import listing, opml

    with opened() as parts:
        home = the_publication(parts, publication)
        sources = listing.every(parts.database, home.id)
        plan = parts.section_keeping.planned(home.id)
        content = opml.write(home.name, plan, sources, parts.clock.now())
    if json:
        printing.as_json({"sources": sum(bool(each.address) for each in sources), "opml": content.decode()})
        return
    files.write(file, content)
