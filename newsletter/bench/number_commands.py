"""Benches of what pages count."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.bench.options import AsJson, DatabaseUrl
from newsletter.cli import printing


def numbers(
    recipients: Annotated[int, typer.Option(min=100, help="Readers of the issue that was sent.")] = 100_000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Ask for the progress and the report of an issue that went to N readers, twenty times each.

    \b
      newsletter bench numbers --recipients 1000000 --database-url postgresql://...
    """
    from newsletter.bench.numbers import measure_numbers

    found = measure_numbers(recipients, database_url)
    if json_:
        printing.as_json(found)
    else:
        printing.facts([(name.replace("_", " "), str(value)) for name, value in found.items()])


def segments(
    readers: Annotated[int, typer.Option(min=100, help="Readers of the publication.")] = 100_000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Count whom each kind of rule chooses among N readers, take a sample of them and list a page, five times each.

    \b
      newsletter bench segments --readers 1000000 --database-url postgresql://...
    """
    from newsletter.bench.segments import measure_segments

    found = measure_segments(readers, database_url)
    if json_:
        printing.as_json(found)
        return
    told = found["ms"].items()
    printing.facts(
        (name, f"{each['readers']:,}: count {each['count']} ms, sample {each['sample']}, page {each['page']}")
        for name, each in told
    )
