"""The command `newsletter bench desk`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli import printing


def desk(
    keys: Annotated[int, typer.Option(min=1, help="Keystrokes, one after the other.")] = 60,
    issue: Annotated[Path | None, typer.Option(help="An issue file; without it, the sample.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Type into an issue in Chromium: milliseconds from a key to the preview that shows it, and those of the answer alone.

    \b
      newsletter bench desk --issue 2026-05-09.md --json
    """
    from newsletter.bench.desk import measure_desk

    figures = measure_desk(keys, issue.read_text(encoding="utf-8") if issue is not None else None)
    if json_:
        printing.as_json(figures)
    else:
        printing.facts(figures.items())
