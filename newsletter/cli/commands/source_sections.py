"""`newsletter source sections`: which sections an issue that assembles itself has, and how many items each mails."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from newsletter.cli import kinds
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import source_showing
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json

app = typer.Typer(name="sections", help="Which sections sources fill, in what order, and how many items each mails.")

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Slug of the section.")]


@app.command("list")
def list_all(publication: AnyPublication = "", json: Json = False) -> None:
    """List the sections of a publication in their order.

    \b
      newsletter source sections list -p daily
    """
    with opened() as parts:
        plan = parts.section_keeping.planned(the_publication(parts, publication).id)
    source_showing.tell_sections(plan, json)


@app.command("set")
def put(
    slug: Slug,
    publication: AnyPublication = "",
    title: Annotated[str | None, typer.Option(help="Its heading.")] = None,
    kind: Annotated[kinds.FilledSection | None, typer.Option(help="What its items are.")] = None,
    mailed: Annotated[int | None, typer.Option(min=0, max=100, help="So many items, or rows, are mailed.")] = None,
    kept: Annotated[int | None, typer.Option(min=0, max=500, help="So many more stand on its page alone.")] = None,
    all_title: Annotated[str | None, typer.Option("--all", help='Words of the link to its page; "" is none.')] = None,
    drops_empty: Annotated[
        bool | None, typer.Option("--drop-empty/--keep-empty", help="Whether it is left out when it has nothing.")
    ] = None,
    json: Json = False,
) -> None:
    """Change a section in what is named, or add one at the end.

    \b
      newsletter source sections set wire --mailed 15 --kept 100
      newsletter source sections set videos --title "To watch" --mailed 3
    """
    given: dict[str, Any] = {"title": title, "mailed": mailed, "kept": kept, "all_title": all_title}
    given |= {"kind": kind.value if kind else None, "drops_empty": drops_empty}
    section = {"slug": slug} | {name: value for name, value in given.items() if value is not None}
    with opened() as parts:
        plan = parts.section_keeping.put(the_publication(parts, publication).id, section, by=at_machine())
    source_showing.tell_sections(plan, json)


@app.command()
def drop(slug: Slug, publication: AnyPublication = "", json: Json = False) -> None:
    """Take a section out that no source fills.

    \b
      newsletter source sections drop videos
    """
    with opened() as parts:
        plan = parts.section_keeping.drop(the_publication(parts, publication).id, slug, by=at_machine())
    source_showing.tell_sections(plan, json)


@app.command()
def order(
    slugs: Annotated[list[str], typer.Argument(metavar="SLUG...", help="All sections, the first one first.")],
    publication: AnyPublication = "",
    json: Json = False,
) -> None:
    """Put the sections in order.

    \b
      newsletter source sections order wire labs papers benchmarks repositories
    """
    with opened() as parts:
        plan = parts.section_keeping.order(the_publication(parts, publication).id, slugs, by=at_machine())
    source_showing.tell_sections(plan, json)
