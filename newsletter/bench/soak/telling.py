"""What a soak found, as a table for people or as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from newsletter.bench.soak.run import Soak
from newsletter.cli.printing import safe


def as_plain(soak: Soak) -> dict[str, Any]:
    """Return plain values for JSON; octets of memory as megabytes, seconds with a tenth."""
    return {
        "deliveries": soak.case.deliveries,
        "hosts": soak.case.hosts,
        "seed": soak.case.seed,
        "seconds": round(soak.seconds, 1),
        "full_speed_per_second": round(soak.full_speed),
        "load": [round(each, 1) for each in soak.load],
        "readers": asdict(soak.count) | {"uncertain_allowed": soak.doubts_allowed},
        "sums": soak.sums,
        "faults": [_rounded(asdict(each)) for each in soak.figures],
        "left_out": soak.left_out,
        "memory": [
            {
                "process": each.process,
                "mails": each.mails,
                "mb_per_100000": round(each.per_100_000 / 1e6, 2) if each.is_judged else None,
                "first_quarter_mb": round(each.first_quarter / 1e6, 1),
                "last_quarter_mb": round(each.last_quarter / 1e6, 1),
            }
            for each in soak.growths
        ],
        "wrong": soak.wrongs,
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in values.items()}


def show(soak: Soak) -> None:
    """Print tables of the faults and of memory, what was said of each fault, who got it, and the verdict."""
    console = Console(highlight=False)
    console.print(_faults(soak))
    console.print(_memory(soak))
    for line in (*_said(soak), *_verdict(soak)):
        console.print(safe(line), markup=False, soft_wrap=True)


def _said(soak: Soak) -> Iterator[str]:
    for each in soak.figures:
        yield f"{each.fault}:"
        yield from (f"  {words}" for words in each.said)
        if each.refused:
            yield f"  {each.refused:,} mails were refused"


def _verdict(soak: Soak) -> Iterator[str]:
    found = soak.count
    yield f"{found.mails:,} mails taken for {found.readers:,} readers in {soak.seconds:,.0f} s; {soak.full_speed:,.0f} a second once nothing held them back"
    yield (
        f"missing {found.missing:,}, twice {found.doubled:,}, untold {found.untold:,}; uncertain {found.uncertain:,} "
        f"(of whom {found.uncertain_taken:,} have it; {soak.doubts_allowed:,} can be explained)"
    )
    yield f"ledger: {', '.join(f'{name} {value}' for name, value in soak.sums.items())}"
    yield f"load of the machine: {', '.join(f'{each:.1f}' for each in soak.load)}"
    yield from (f"left out, because the server is not ours to kill: {name}" for name in soak.left_out)
    yield from (f"WRONG: {words}" for words in soak.wrongs)
    if not soak.wrongs:
        yield "Everyone got it once."


def _faults(soak: Soak) -> Table:
    table = Table(title="Faults: seconds, and mails by others")
    for head in ("fault", "at", "lasted", "still", "others", "told", "mended", "again"):
        table.add_column(head, justify="left" if head == "fault" else "right", no_wrap=True)
    for each in soak.figures:
        seconds = [each.began, each.lasted, each.standstill, each.told_after, each.mending, each.recovered]
        at, lasted, still, told, mended, recovered = ("never" if s is None else f"{s:.1f}" for s in seconds)
        table.add_row(each.fault, at, lasted, still, f"{each.meanwhile:,}", told, mended, recovered)
    return table


def _memory(soak: Soak) -> Table:
    table = Table(title="Memory of each process")
    for head in ("process", "mails", "MB/100,000", "first 1/4 MB", "last 1/4 MB"):
        table.add_column(head, justify="left" if head == "process" else "right", no_wrap=True)
    for each in soak.growths:
        slope = f"{each.per_100_000 / 1e6:+.2f}" if each.is_judged else "too few"
        quarters = [f"{octets / 1e6:.1f}" for octets in (each.first_quarter, each.last_quarter)]
        table.add_row(each.process, f"{each.mails:,}", slope, *quarters)
    return table
