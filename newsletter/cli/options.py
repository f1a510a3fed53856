"""Arguments and options that several commands share, spelled once."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
IssueSlug = Annotated[str, typer.Argument(metavar="SLUG", help="The issue's slug, as in its front matter.")]
AnyPublication = Annotated[
    str,
    typer.Option("--publication", "-p", metavar="SLUG", help="Publication; needed only when several could be meant."),
]
Publication = Annotated[str, typer.Option("--publication", "-p", metavar="SLUG", help="Slug of the publication.")]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDR", help="An address, such as ada@example.org.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
