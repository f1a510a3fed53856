"""`newsletter api-key`: keys for programs. (`newsletter keys` is something else: the keys that sign links.)"""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.model.rights import Right

app = typer.Typer(name="api-key", help="Make and revoke keys for programs.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which program uses it.")],
    right: Annotated[list[Right], typer.Option("--right", help="What it may do; may be repeated.")],
    publication: Annotated[
        str,
        typer.Option("--publication", "-p", metavar="SLUG", help="On this publication alone; without it everywhere."),
    ] = "",
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days it works; 0 means no end.")] = 365,
) -> None:
    """Make a key and print it, which nothing does again: the ledger holds its hash.

    \b
      newsletter api-key create importer --right "manage audience" -p daily --days 90
    """
    from newsletter.accounts.api_keys import Wanted

    with opened() as parts:
        key = parts.accounts.api_keys.create(Wanted(name, right, publication, days), by=at_machine())
    print(key)
    printing.aside("Keep it where the program finds it: it is shown this once.")


@app.command("list")
def list_all(json: Json = False) -> None:
    """List the keys: what each may do, who made it, and when it was last used.

    \b
      newsletter api-key list
    """
    with opened() as parts:
        keys = parts.accounts.api_keys.listed()
    if json:
        names = ("prefix", "name", "rights", "publication", "maker", "created_at", "expires_at", "used_at", "works")
        printing.as_json([{each: getattr(key, each) for each in names} for key in keys])
        return
    shown = (
        (
            key.prefix,
            key.name,
            ", ".join(key.rights),
            key.publication or "all",
            "works" if key.works else "works no more",
            f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "no end",
            f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "",
        )
        for key in keys
    )
    head = ("key", "name", "may", "publication", "standing", "until", "last used")
    printing.table(head, shown, empty="There is no key yet: `newsletter api-key create`.")


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(metavar="KEY", help="The key, or its beginning as the list shows it.")],
) -> None:
    """Let a key work no more, at once.

    \b
      newsletter api-key revoke nlk_7d2k9x0a
    """
    with opened() as parts:
        parts.accounts.api_keys.revoke(prefix, by=at_machine())
    print("The key works no more.")
