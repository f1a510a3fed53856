"""The command `newsletter bench desk`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsletter.bench.options import AsJson, DatabaseUrl
from newsletter.cli import printing


def desk(
    keys: Annotated[int, typer.Option(min=0, help="Keystrokes, one after the other; 0: none, and no browser.")] = 60,
    issue: Annotated[Path | None, typer.Option(help="An issue file to type into; without it, the sample.")] = None,
    recipients: Annotated[int, typer.Option(min=0, help="Readers of the publication; 0: no pages are read.")] = 100_000,
    issues: Annotated[int, typer.Option(min=1, help="Issues of it, a day apart.")] = 1000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Type into an issue in Chromium: milliseconds from a key to the preview that shows it. Then read the desk's pages, thirty times each.

    \b
      newsletter bench desk --issue 2026-05-09.md --json
      newsletter bench desk --keys 0 --recipients 1000000 --issues 1000 --database-url postgresql://...
    """
    from newsletter.bench.desk import measure_desk
    from newsletter.bench.desk_pages import measure_desk_pages

    text = issue.read_text(encoding="utf-8") if issue is not None else None
    typed = measure_desk(keys, text) if keys else {}
    pages = measure_desk_pages(recipients, issues, database_url) if recipients else {"ms": {}}
    if json_:
        printing.as_json({"preview": typed, "pages": pages})
        return
    told = ((name, f"{each['p50']} ms, 95 % within {each['p95']} ms") for name, each in pages["ms"].items())
    printing.facts([*typed.items(), *told])
