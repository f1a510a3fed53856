"""`newsletter subscriber`: bring readers in, take them out, answer what is known of one, forget one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import asking
from newsletter.cli.commands.asking import DespiteLocal, DryRun, check_ways, pace
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, AnyPublication, Json, Publication, Raw, RawIn, Yes

if TYPE_CHECKING:
    from newsletter.audience.importing import ImportReport
    from newsletter.bootstrap import Parts

app = typer.Typer(name="subscriber", help="Import, export, show and forget readers.", no_args_is_help=True)

_SHOWN_PROBLEMS = 20
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
    from newsletter.audience.importing import ListTerms
    from newsletter.audience.list_file import read_csv

    said = ListTerms(f"import {file}"[:200], consent, state, confirmed=confirmed, ask=ask)
    with opened() as parts:
        check_ways(parts, despite, ask=ask, only_say=dry_run)
        with files.reading(file) as source, _watching() as progress:
            report = parts.importing.import_list(
                read_csv(source, raw=raw),
                said,
                publication_id=the_publication(parts, publication).id,
                by=at_machine(),
                dry_run=dry_run,
                progress=progress,
            )
        if json:
            printing.as_json(asdict(report) | {"dry_run": dry_run})
        else:
            _tell(parts, file, report, ask=ask, dry_run=dry_run)
    _end(report)


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

    with opened() as parts:
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


def _end(report: ImportReport) -> None:
    if report.useless:
        printing.aside("no row could be used")
        raise typer.Exit(1)


@contextmanager
def _watching() -> Iterator[Callable[[int], None]]:
    with printing.progress_bar() as bar:
        task = bar.add_task("Reading", total=None, note="") if bar else None

        def show(count: int) -> None:
            if bar and task is not None:
                bar.update(task, note=f"{count:,} rows")

        yield show


def _tell(parts: Parts, file: str, report: ImportReport, *, ask: bool, dry_run: bool) -> None:
    _tell_counts(report)
    _tell_problems(file, report)
    _tell_asked(parts, report, ask=ask, dry_run=dry_run)


def _tell_counts(report: ImportReport) -> None:
    standings = ", ".join(f"{number:,} {name}" for name, number in sorted(report.standings.items()))
    printing.facts(
        [
            ("added", f"{report.added:,}" + (f" ({standings})" if standings else "")),
            ("known", f"{report.known:,} already"),
            ("confirmed", report.confirmed or ""),
            ("unsubscribed", f"{report.unsubscribed:,} left before: left alone" if report.unsubscribed else ""),
            ("ended", f"{report.ended:,} were subscribed here, and left there" if report.ended else ""),
            ("suppressed", f"{report.suppressed:,}: no mail to them" if report.suppressed else ""),
            ("left out", f"{report.left_out:,}" if report.left_out else ""),
            ("invalid", f"{report.unusable:,}" if report.unusable else ""),
        ]
    )


def _tell_problems(file: str, report: ImportReport) -> None:
    for word, number in sorted(report.unknown.items(), key=lambda entry: -entry[1])[:_SHOWN_PROBLEMS]:
        printing.aside(
            f"{file}: nobody said what '{word}' means: {number:,} rows are not active (--state '{word}=...')"
        )
    told = report.invalid + report.changed
    for line, what in told[:_SHOWN_PROBLEMS]:
        printing.aside(f"{file}:{line}: {what}")
    if report.unusable + len(report.changed) > _SHOWN_PROBLEMS:
        printing.aside(f"... and {report.unusable + len(report.changed) - _SHOWN_PROBLEMS:,} more; --json lists them")


def _tell_asked(parts: Parts, report: ImportReport, *, ask: bool, dry_run: bool) -> None:
    if ask and report.asked:
        in_line = asking.in_line(parts) + (report.asked if dry_run else 0)
        verb = "would be" if dry_run else "will be"
        print(f"{report.asked:,} {verb} asked whether they want it, {pace(parts, in_line)}.")
    elif ask:
        print("There is nobody to ask.")
    elif report.standings.get("pending"):
        printing.aside("who is pending gets no mail until they confirm: `newsletter subscriber ask` asks them to")
    if dry_run:
        print("This was a dry run: nothing is stored.")


_HISTORY: dict[str, tuple[str, ...]] = {
    "suppressions": ("reason", "publication", "created_at", "expires_at"),
    "deliveries": ("publication", "issue", "state", "attempts", "changed_at", "code", "status", "reply"),
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
