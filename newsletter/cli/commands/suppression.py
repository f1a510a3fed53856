"""`newsletter suppression`: addresses that must not be mailed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, moments, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, Json, Raw, RawIn

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts

app = typer.Typer(name="suppression", help="Addresses that must not be mailed.", no_args_is_help=True)

Scope = Annotated[
    str, typer.Option("--publication", "-p", metavar="SLUG", help="For one publication only; without it everywhere.")
]
_PAGE = 1000


@app.command("list")
def list_all(publication: Scope = "", json: Json = False) -> None:
    """List the suppressions in force; with --publication those it obeys, the general ones included.

    \b
      newsletter suppression list --publication daily
    """
    with opened() as parts:
        rows = _pages(parts, publication_id(parts, publication))
        if json:
            printing.as_json_list(rows)
            return
        shown = {"address": "(erased)", "publication": "everywhere", "reason": "", "created_at": "", "expires_at": ""}
        proof = {True: "unproven", False: ""}
        printing.table(
            ("address", "publication", "reason", "since", "until", "proof"),
            ([*(row[column] or empty for column, empty in shown.items()), proof[row["unproven"]]] for row in rows),
            empty="No address is suppressed.",
        )


@app.command()
def add(
    address: AddressArgument,
    publication: Scope = "",
    reason: Annotated[str, typer.Option(help="Why, in a word or two.")] = "manual",
    until: Annotated[str, typer.Option(metavar="ISO8601", help="When it ends; without it never.")] = "",
    json: Json = False,
) -> None:
    """Rule an address out from now on.

    \b
      newsletter suppression add someone@example.org --reason "asked by letter"
    """
    with opened() as parts:
        ends = moments.read(until, where="--until") if until else None
        scope = publication_id(parts, publication)
        added = parts.suppressing.suppress(
            address, by=at_machine(), publication_id=scope, reason=reason, expires_at=ends
        )
    _tell({"added": int(added)}, "It gets no more mail." if added else "It was suppressed already.", json)


@app.command()
def remove(address: AddressArgument, publication: Scope = "", json: Json = False) -> None:
    """Take a suppression back. Someone who unsubscribed stays unsubscribed.

    \b
      newsletter suppression remove ada@example.org
    """
    with opened() as parts:
        scope = publication_id(parts, publication)
        lifted = parts.suppressing.lift(address, by=at_machine(), publication_id=scope)
    _tell({"lifted": lifted}, "It may be mailed again.", json)


@app.command("import")
def import_file(
    file: Annotated[
        str, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8 with a column email; - for standard input.")
    ],
    publication: Scope = "",
    reason: Annotated[str, typer.Option(help="Why, in a word or two.")] = "imported",
    raw: RawIn = False,
    json: Json = False,
) -> None:
    """Rule out every address of a list, such as the one your former service kept, or an export of this one.

    Columns publication, reason and expires_at count for their row; a hash stands for the address of someone who was erased.

    \b
      newsletter suppression import bounced.csv --reason "former service"
    """
    from newsletter.audience.list_file import read_csv

    with opened() as parts, files.reading(file) as source:
        scope = publication_id(parts, publication)
        report = parts.suppressing.import_list(
            read_csv(source, raw=raw), by=at_machine(), publication_id=scope, reason=reason
        )
    values = {"added": report.added, "known": report.known, "invalid": len(report.invalid)}
    _tell(values | {"lines": report.invalid}, f"{report.added} added, {report.known} known already.", json)
    if not json:
        for line, what in report.invalid:
            printing.aside(f"{file}:{line}: {what}")


@app.command("export")
def export_file(
    publication: Scope = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = "-",
    raw: Raw = False,
) -> None:
    """Export the suppressions in force as CSV: address or hash, publication, reason, since and until when.

    \b
      newsletter suppression export -o suppressed.csv
    """
    from newsletter.audience.suppressing import COLUMNS

    with opened() as parts:
        rows = parts.suppressing.export_list(by=at_machine(), publication_id=publication_id(parts, publication))
        files.write_csv(output, COLUMNS, rows, raw=raw)


def _pages(parts: Parts, scope: int | None) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        page = parts.suppressing.listing(publication_id=scope, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["id"]


def _tell(values: dict[str, Any], words: str, json: bool) -> None:
    if json:
        printing.as_json(values)
    else:
        print(words)
