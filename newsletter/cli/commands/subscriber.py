"""`newsletter subscriber`: bring readers in, take them out, answer what is known of one, forget one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import asking
from newsletter.cli.commands import import_telling as telling
from newsletter.cli.commands.asking import DespiteLocal, DryRun, check_ways
from newsletter.cli.opening import opened, opened_ledger
from newsletter.cli.options import AddressArgument, AnyPublication, Json, Publication, Raw, RawIn, Yes

if TYPE_CHECKING:
    from newsletter.bootstrap.ledger import LedgerParts

app = typer.Typer(name="subscriber", help="Import, export, show and forget readers.", no_args_is_help=True)

ConsentWords = Annotated[
    str, typer.Option(metavar="TEXT", help="How these readers agreed; kept with each of them. Our own export tells it.")
]
States = Annotated[
    list[str],
    typer.Option(
        metavar="[COLUMN:]WORD=MEANING",
        help="What a word of standing means: active, pending, unsubscribed, suppressed, bounced, complained, left-out, ignored.",
    ),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask those who stay pending, by one mail each, whether they want it.")]


@app.command("import")
def import_file(
    file: Annotated[
        str, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8 with columns email, name; - for standard input.")
    ],
    publication: Publication,
    consent: ConsentWords = "",
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Their opt-in is proven: they get mail at once. Else they stay pending.")
    ] = False,
    state: States = [],  # noqa: B006 - Typer reads it, and nothing writes it
    ask: Ask = False,
    dry_run: DryRun = False,
    despite: DespiteLocal = [],  # noqa: B006 - Typer reads it, and nothing writes it
    raw: RawIn = False,
    json: Json = False,
) -> None:
    """Import readers from a CSV file: all of it, or nothing when the file breaks off.

    Who unsubscribed before or is suppressed is left alone; a row that cannot be used is reported and does not stop the rest.
    A list that looks as if it names people who left needs --state for its words; our own export says it itself.

    \b
      newsletter subscriber import readers.csv -p daily --confirmed \\
          --consent "Double opt-in at our former service, 2021 to 2025"
      newsletter subscriber import members.csv -p daily --confirmed --consent "Asked at our former service" \\
          --state subscribed_to_emails:true=active --state subscribed_to_emails:false=unsubscribed
      newsletter subscriber import fair.csv -p daily --consent "Gave us their card at the fair, May 2026" --ask --dry-run
    """
    from newsletter.audience.list_file import read_csv
    from newsletter.audience.lists_reading import ListTerms

    said = ListTerms(f"import {file}"[:200], consent, state, confirmed=confirmed, ask=ask)
    with _opened_to_import(despite, ask=ask, dry_run=dry_run) as parts:
        with files.reading(file) as source, telling.watched() as progress:
            report = parts.importing.import_list(
                read_csv(source, raw=raw),
                said,
                publication_id=the_publication(parts, publication).id,
                by=at_machine(),
                dry_run=dry_run,
                progress=progress,
            )
        if json:
            printing.as_json(report.told() | {"dry_run": dry_run})
        else:
            telling.tell(parts, file, report, ask=ask, dry_run=dry_run)
    telling.end(report)


@contextmanager
def _opened_to_import(despite: list[str], *, ask: bool, dry_run: bool) -> Iterator[LedgerParts]:
    """Open what an import works with: all parts where mails will follow, whose way out is tried."""
    if not ask:
        with opened_ledger() as parts:
            yield parts
        return
    with opened() as parts:
        check_ways(parts, despite, only_say=dry_run)
        yield parts


app.command("ask")(asking.ask)


@app.command("export")
def export_file(
    publication: AnyPublication = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = "-",
    raw: Raw = False,
    json: Json = False,
) -> None:
    """Export the readers of a publication with standing, consent, tracking and suppressions, as CSV that import takes back as it was.

    \b
      newsletter subscriber export -p daily -o readers.csv
    """
    from newsletter.audience.exporting import COLUMNS, export_subscribers

    with opened_ledger() as parts:
        owner = the_publication(parts, publication)
        rows = export_subscribers(parts.database, clock=parts.clock, publication_id=owner.id, by=at_machine())
        if json:
            printing.as_json_list(rows)
            return
        files.write_csv(output, COLUMNS, rows, raw=raw)


@app.command()
def show(address: AddressArgument, json: Json = False) -> None:
    """Show everything that is known of a person: standing, consent, deliveries, what came back, events, suppressions.

    With --json it is the answer to a request under GDPR article 15.

    \b
      newsletter subscriber show ada@example.org --json
    """
    from newsletter.audience.history import show as known_of

    with opened() as parts:
        known = known_of(parts.database, address=address)
    if json:
        printing.as_json(known)
        return
    _tell_history(known)


@app.command()
def forget(address: AddressArgument, yes: Yes = False) -> None:
    """Erase a person for good: address, name and consent records go; a hash stays so that no import brings them back.

    \b
      newsletter subscriber forget ada@example.org
    """
    from newsletter.audience.erasure import forget as erase

    with opened() as parts:
        if not yes:
            typer.confirm(f"Erase everything known of {address}? This cannot be undone", abort=True)
        erase(parts.database, clock=parts.clock, address=address, by=at_machine())
    print("Forgotten.")


_HISTORY: dict[str, tuple[str, ...]] = {
    "suppressions": ("reason", "publication", "created_at", "expires_at"),
    "deliveries": ("publication", "issue", "state", "attempts", "changed_at", "code", "status", "reply", "gone_since"),
    "reports": ("at", "kind", "reason", "status", "against", "effect", "diagnostic"),
    "events": ("at", "kind", "machine", "signs", "url"),
}
"""What is printed of each part of a history, in its order."""


def _tell_history(known: Mapping[str, Any]) -> None:
    person = known["subscriber"] or {}
    since = person.get("created_at", "")
    printing.facts([("address", known["address"]), ("name", person.get("name", "")), ("known since", since)])
    for row in known["subscriptions"]:
        print(f"\n{row['publication']}: {row['state']}; tracking {row['tracking']}")
        printing.facts([("tags", ", ".join(row["tags"])), *row["fields"].items()])
        columns = ("at", "action", "place", "wording")
        printing.table(
            columns, ([said[c] for c in columns] for said in row["consent"]), empty="No consent is recorded."
        )
    for title, names in _HISTORY.items():
        if known[title]:
            print(f"\n{title}")
            printing.table(names, ([_told(name, row[name]) for name in names] for row in known[title]), empty="")


def _told(name: str, value: object) -> object:
    if value is None:
        return "everywhere" if name == "publication" else ""
    return value
