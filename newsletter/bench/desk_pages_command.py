"""The command `newsletter bench desk-pages`."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import printing


def desk_pages(
    recipients: Annotated[int, typer.Option(min=1, help="Readers of the publication.")] = 100_000,
    issues: Annotated[int, typer.Option(min=1, help="Issues of it, a day apart.")] = 1000,
    database_url: Annotated[
        str, typer.Option(help="An EMPTY PostgreSQL database to use; without it, SQLite in a temporary folder.")
    ] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read the desk's pages of a publication, thirty times each.

    \b
      newsletter bench desk-pages --recipients 1000000 --issues 1000 --database-url postgresql://...
    """
    from newsletter.bench.desk_pages import measure_desk_pages

    figures = measure_desk_pages(recipients, issues, database_url)
    if json_:
        printing.as_json(figures)
    else:
        printing.facts(
            (name, f"{each['p50']} ms, 95 % within {each['p95']} ms") for name, each in figures["ms"].items()
        )
