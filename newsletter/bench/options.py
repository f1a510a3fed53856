"""Options that several benches have."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DatabaseUrl = Annotated[
    str, typer.Option(help="An EMPTY PostgreSQL database to use; without it, SQLite in a temporary folder.")
]
