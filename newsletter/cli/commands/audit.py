"""`newsletter audit`: who did what, when and from where."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id
from newsletter.cli.opening import opened
from newsletter.cli.options import Json

app = typer.Typer(name="audit", help="Who did what, when and from where.", no_args_is_help=True)
_MOST = 10_000


@app.callback()
def _group() -> None:
    """Keep `audit list` a command of a group."""


@app.command("list")
def list_(
    publication: Annotated[
        str, typer.Option("--publication", "-p", metavar="SLUG", help="Of this publication alone.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Most entries.")] = 50,
    before: Annotated[
        int, typer.Option(min=0, metavar="ID", help="Entries that are older than this one; 0 begins with the newest.")
    ] = 0,
    json: Json = False,
) -> None:
    """List what was changed, newest first. Entries are kept for NEWSLETTER_AUDIT_DAYS days.

    \b
      newsletter audit list
      newsletter audit list -p daily --limit 200 --json
      newsletter audit list --before 1200
    """
    from newsletter.accounts import audit_trail

    with opened() as parts:
        whose = publication_id(parts, publication)
        rows = audit_trail.page(
            parts.database, publication_id=whose, before=before or None, limit=limit, by=at_machine()
        )
    if json:
        printing.as_json(rows)
        return
    heads = ("id", "when (UTC)", "who", "from", "what", "on", "change")
    printing.table(heads, map(_cells, rows), empty="Nothing is written down." if not before else "Nothing further.")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    who = " ".join(str(word) for word in (row["actor"], row["actor_id"] or "", row["name"]) if word)
    where = "/".join(word for word in (row["publication"], row["subject_name"]) if word)
    if row["subject"] == "publication":
        where = row["subject_name"]
    change = " → ".join(word for word in (row["old"], row["new"]) if word)
    return row["id"], f"{row['at']:%Y-%m-%d %H:%M:%S}", who, row["place"], row["action"], where, change
