"""`newsletter doctor`: is everything in order? And which settings are in force, from where."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.opening import opened
from newsletter.cli.options import Json


def add_to(app: typer.Typer) -> None:
    """Add this command to the root."""
    app.command()(doctor)


def doctor(
    settings: Annotated[
        bool, typer.Option("--settings", help="List every setting: type, default, value in force, where it comes from.")
    ] = False,
    json: Json = False,
) -> None:
    """Check settings, files, database, broker, way out, secret, publications and clock. Exit code 1 when something is wrong.

    \b
      newsletter doctor
      newsletter doctor --settings
    """
    if settings:
        _show_settings(json)
        return
    with opened() as parts:
        results = parts.checks.examine()
    if json:
        printing.as_json([asdict(result) for result in results])
    else:
        for result in results:
            print(printing.safe(f"{result.verdict:<8}  {result.name:<12}  {result.what}"))
            if result.remedy:
                print(printing.safe(f"{'':<24}→ {result.remedy}"))
    if any(result.verdict == "wrong" for result in results):
        raise typer.Exit(1)


def _show_settings(json: bool) -> None:
    from newsletter.cli.settings_table import settings_in_force

    rows = [asdict(row) for row in settings_in_force()]
    if json:
        printing.as_json(rows)
        return
    for row in rows:
        print(f"{row['name']} ({row['type']}; default {row['default'] or 'empty'})")
        print(printing.safe(f"    {row['value'] or 'empty'}, from {row['source']}"))
        print(printing.safe(f"    {row['meaning']}"))
