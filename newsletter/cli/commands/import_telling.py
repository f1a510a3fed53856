"""What an import tells on a terminal: what its lists were taken for, its counts, its problems, and who will be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from newsletter.cli import printing
from newsletter.cli.commands import asking
from newsletter.cli.commands.asking import pace

if TYPE_CHECKING:
    from newsletter.audience.import_report import ImportReport
    from newsletter.audience.moving.opening import Meter
    from newsletter.bootstrap.ledger import LedgerParts

_SHOWN_PROBLEMS = 20
_SHOWN_WORDS = 12
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def tell_lists(report: ImportReport, others: list[tuple[str, str]]) -> None:
    """Tell what each list was taken for: product, encoding, words of standing and what they mean here, and what stays behind."""
    for each in report.lists:
        encoding = "" if each.encoding == "utf-8" else f", read as {each.encoding} (it is not UTF-8)"
        parted = (
            ""
            if each.delimiter in ("", ",")
            else f", cells parted by {_DELIMITERS.get(each.delimiter, each.delimiter)}"
        )
        print(f"{each.source}: {each.product}, {each.rows:,} rows{encoding}{parted}")
        for (word, state), number in each.words.most_common(_SHOWN_WORDS):
            print(f"  {number:>10,}  {printing.safe(word)} -> {state}")
        if each.fields:
            print(f"  kept as fields: {printing.safe(', '.join(each.fields))}")
        if each.left_behind:
            print(f"  not taken along: {printing.safe(', '.join(each.left_behind))}")
    for name, why in others[:_SHOWN_PROBLEMS]:
        printing.aside(f"{name}: not read{': ' + why if why else ''}")
    if len(others) > _SHOWN_PROBLEMS:
        printing.aside(f"... and {len(others) - _SHOWN_PROBLEMS:,} more files that are no lists of readers")


def tell_samples(report: ImportReport) -> None:
    """Show the first rows, their addresses masked."""
    rows = (
        (row["line"], row["address"], row["state"], row["consent_at"], ", ".join(row["tags"])) for row in report.samples
    )
    printing.table(("line", "address", "state", "agreed", "tags"), rows, empty="There is no row.")


def end(report: ImportReport) -> None:
    """Leave with 1 when no row could be used."""
    if report.useless:
        printing.aside("no row could be used")
        raise typer.Exit(1)


@contextmanager
def watched(octets: int | None = None, meter: Meter | None = None) -> Iterator[Callable[[int], None]]:
    """Give what shows rows read, and the time left where the octets are known."""
    with printing.progress_bar() as bar:
        task = bar.add_task("Reading", total=octets, note="") if bar else None

        def show(count: int) -> None:
            if bar and task is not None:
                elapsed = bar.tasks[0].elapsed or 0
                rate = f", {count / elapsed:,.0f} rows/s" if elapsed else ""
                bar.update(task, note=f"{count:,} rows{rate}", completed=meter.octets if meter else 0)

        yield show


def tell(parts: LedgerParts, file: str, report: ImportReport, *, ask: bool, dry_run: bool) -> None:
    """Tell counts and problems of an import, and who will be asked."""
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
            ("values", _left_out(report)),
        ]
    )


def _left_out(report: ImportReport) -> str:
    """Say how many values their fields do not take: their readers come in without them."""
    each = ", ".join(f"{number:,} of {printing.safe(title)}" for title, number in sorted(report.unfit.items()))
    return f"left out, because their field does not take them: {each}" if each else ""


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


def _tell_asked(parts: LedgerParts, report: ImportReport, *, ask: bool, dry_run: bool) -> None:
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
