"""`newsletter feedback classify`: what came back, one JSON line a recipient.

The module is light to import and runs alone (`python -m newsletter.cli.commands.feedback FILE...`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from newsletter.feedback import reading
from newsletter.mail.report import Report, ReportKind

_NO_DELAYS = "--no-count-delays"
_NOTHING: dict[str, str | int] = {"file": "", "recipient": "", "class": "none", "reason": "", "status": ""}

app = typer.Typer(help="Read bounces, complaints and other feedback.", no_args_is_help=True, add_completion=False)


@app.callback()
def feedback() -> None:
    """Read bounces, complaints and other feedback."""


@app.command()
def classify(
    files: Annotated[list[str], typer.Argument(help="Raw messages (.eml); - reads standard input.")],
    *,
    count_delays: Annotated[
        bool,
        typer.Option(
            help="Call a delay transient, as collections labelled with Sisimai do; the service itself counts none."
        ),
    ] = True,
) -> None:
    """Print what each message means: file, recipient, class, reason, status.

    \b
      newsletter feedback classify bounces/*.eml
    """
    raise typer.Exit(run(files, count_delays=count_delays))


def run(files: list[str], *, count_delays: bool = True) -> int:
    """Classify each file; unreadable ones are named on standard error. Returns the exit code: 0, or 2 if any failed."""
    failed = 0
    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            failed = 2
            what = error.strerror or str(error)
            print(f"{name}: cannot be read: {what} (name a file with one raw message)", file=sys.stderr)
            continue
        for line in lines(name, raw, count_delays=count_delays):
            print(line)
    return failed


def lines(name: str, raw: bytes, *, count_delays: bool = True) -> list[str]:
    """The JSON lines of one message; a message that is no feedback gets one line of class none."""
    rows = [_row(name, report, count_delays=count_delays) for report in reading.read(raw)] or [
        _NOTHING | {"file": name}
    ]
    return [json.dumps(row) for row in rows]


def _row(name: str, report: Report, *, count_delays: bool) -> dict[str, str | int]:
    delay = count_delays and report.action == "delayed"
    return _NOTHING | {
        "file": name,
        "recipient": report.recipient,
        "class": str(ReportKind.TRANSIENT if delay else report.kind),
        "reason": str(report.reason),
        "status": report.status,
        "alias": report.alias,
        "action": report.action,
        "code": report.code,
        "feedback_type": report.feedback_type,
        "dialect": report.dialect,
        "diagnostic": " ".join(report.diagnostic.split())[:500],
    }


def main() -> None:
    """Run `classify` alone."""
    names = sys.argv[1:]
    if not names or names[0] == "--help":
        app()
    sys.exit(run([name for name in names if name != _NO_DELAYS], count_delays=_NO_DELAYS not in names))


if __name__ == "__main__":
    main()
