"""`newsletter feedback`: what came back, what could not be read, and a way to hand a report in by hand."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import InputError

ReportId = Annotated[int, typer.Argument(metavar="ID", help="Number of the report, as `feedback list` shows it.")]


class RawStateChoice(StrEnum):
    """Where a raw report stands: `newsletter.model.feedback.RawState`."""

    UNREAD = "unread"
    WAITING = "waiting"
    READ = "read"
    SET_ASIDE = "set-aside"
    DROPPED = "dropped"


def add_to(app: typer.Typer) -> None:
    """Add these commands to `newsletter feedback`."""
    app.command("list")(list_all)
    app.command()(show)
    app.command()(take)
    app.command()(retry)
    app.command()(discard)


def list_all(
    state: Annotated[RawStateChoice | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    json: Json = False,
) -> None:
    """List the reports that came in, newest first, with why one was set aside.

    \b
      newsletter feedback list --state set-aside
    """
    from newsletter.feedback.overview import raw_reports, tallies, unknown_events, unproven_today

    with opened() as parts:
        rows = raw_reports(parts.database, state=state.value if state else None, limit=limit)
        counted = tallies(parts.database)
        unproven = unproven_today(parts.database, clock=parts.clock)
        unknown = unknown_events(parts.database)
    if json:
        printing.as_json({"reports": rows, "tallies": counted, "unproven": unproven, "unknown_events": unknown})
        return
    columns = ("id", "state", "source", "octets", "received_at", "error")
    printing.table(columns, ([row[c] for c in columns] for row in rows), empty="No report is kept.")
    for name, number in counted.items():
        print(f"{name}: {number:,}")
    for each in unknown:
        name = printing.safe(f"{each['provider']} {each['event']}")
        print(f"unknown event {name}: {each['count']:,}, the last one in report {each['report']}")
    if unproven["fortnight"]:
        many = " (a burst: the editors are told)" if unproven["today"] >= unproven["burst"] else ""
        print(f"unproven reports of today: {unproven['today']:,}{many}, of 14 days: {unproven['fortnight']:,}")


def show(
    report: ReportId, raw: Annotated[bool, typer.Option("--raw", help="Print the bytes as they came.")] = False
) -> None:
    """Show what followed from a report, or its bytes.

    \b
      newsletter feedback show 17
    """
    from newsletter.feedback.overview import raw_report

    with opened() as parts:
        found = raw_report(parts.database, raw_report_id=report)
    if raw:
        sys.stdout.buffer.write(found.pop("content"))
        return
    found.pop("content")
    printing.as_json(found)


def take(
    files: Annotated[list[str], typer.Argument(help="Raw messages (.eml); - reads standard input.")],
    to: Annotated[str, typer.Option(metavar="ADDR", help="The envelope's recipient, if it is known.")] = "",
    vouched: Annotated[
        bool, typer.Option("--vouched", help="You know that they are true: they count like proven ones.")
    ] = False,
    json: Json = False,
) -> None:
    """Take reports in from files or a pipe, and apply them.

    \b
      newsletter feedback take bounce.eml
      |newsletter feedback take - --to "$ORIGINAL_RECIPIENT"      (in an MTA's alias file)
    """
    from newsletter.feedback.overview import effects_of

    rows: list[dict[str, Any]] = []
    with opened() as parts:
        for name in files:
            content = _content(name)
            if vouched:
                kept = parts.intake.vouch(content, by=at_machine(), sent_to=to)
            else:
                kept = parts.intake.keep(content, source="file", sent_to=to, ring=False)
            effects = _plain(parts.reports.handle(kept.raw_report_id))
            if kept.new and not effects:
                effects = _plain(effects_of(parts.database, raw_report_id=kept.raw_report_id))
            rows.append({"file": name, "report": kept.raw_report_id, "new": kept.new, "effects": effects})
        parts.report_reader.close()
    if json:
        printing.as_json(rows)
        return
    printing.table(
        ("file", "report", "what followed"),
        ([row["file"], row["report"], ", ".join(row["effects"]) or "nothing new"] for row in rows),
        empty="Nothing was given.",
    )


def retry(report: ReportId) -> None:
    """Read a report once more, after what was in its way is gone.

    \b
      newsletter feedback retry 17
    """
    from newsletter.feedback.overview import effects_of, read_again

    with opened() as parts:
        read_again(parts.database, clock=parts.clock, queue=parts.queue, raw_report_id=report, by=at_machine())
        effects = parts.reports.handle(report) or effects_of(parts.database, raw_report_id=report)
        parts.report_reader.close()
    print(", ".join(_plain(effects)) or "Nothing followed: `newsletter feedback list` tells whether it was set aside.")


def discard(report: ReportId) -> None:
    """Let a report that was set aside be: nothing follows from it, and it is not shown among those any more.

    \b
      newsletter feedback discard 17
    """
    from newsletter.feedback.overview import discard as let_be

    with opened() as parts:
        let_be(parts.database, clock=parts.clock, raw_report_id=report, by=at_machine())
    print("Discarded. Its bytes are kept until it is 30 days old.")


def _content(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=name, remedy="name a raw message"
        ) from None


def _plain(effects: Any) -> dict[str, int]:
    return {str(effect): number for effect, number in effects.items()}
