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
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="Cells as they are; without it an apostrophe stands before what a spreadsheet takes for a formula.",
    ),
]
RawIn = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="Cells as they are; without it an apostrophe before a formula is taken off, as our exports put it on.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Despite = Annotated[
    list[str],
    typer.Option("--despite", metavar="RULE", help="Let this rule pass, such as TK or same-day; may be repeated."),
]
