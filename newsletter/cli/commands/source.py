"""`newsletter source`: where an issue is filled from."""

from __future__ import annotations

import typer

from newsletter.cli.commands import source_reading

HELP = """\
Fill drafts from sources.

\b
  newsletter source read feed news.xml --address https://example.org/news.xml
"""
app = typer.Typer(name="source", help=HELP, no_args_is_help=True)
app.command()(source_reading.read)
