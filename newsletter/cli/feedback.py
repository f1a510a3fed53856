"""`newsletter feedback classify`: what came back, one JSON line a recipient.

The module is light to import and runs alone (`python -m newsletter.cli.feedback FILE...`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from newsletter.feedback import reading
from newsletter.mail.report import Report

app = typer.Typer(help="Read bounces, complaints and other feedback.", no_args_is_help=True, add_completion=False)


@app.callback()
def feedback() -> None:
    """Read bounces, complaints and other feedback."""


@app.command()
def classify(files: Annotated[list[str], typer.Argument(help="Raw messages (.eml); - reads standard input.")]) -> None:
    """Print what each message means: file, recipient, class, reason, status."""
    raise typer.Exit(run(files))


def run(files: list[str]) -> int:
    """Classify each file; unreadable ones are named on standard error. Returns the exit code: 0, or 2 if any failed."""
    failed = 0
    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            failed = 2
            print(
                f"{name}: cannot be read: {error.strerror or error} (name a file with one raw message)", file=sys.stderr
            )
            continue
        for line in lines(name, raw):
            print(line)
    return failed


def lines(name: str, raw: bytes) -> list[str]:
    """The JSON lines of one message; a message that is no feedback gets one line of class none."""
    reports = reading.read(raw)
    if not reports:
        return [json.dumps({"file": name, "recipient": "", "class": "none", "reason": "", "status": ""})]
    return [json.dumps(_row(name, report), ensure_ascii=False) for report in reports]


def _row(name: str, report: Report) -> dict[str, str | int]:
    return {
        "file": name, "recipient": report.recipient, "class": str(report.kind), "reason": str(report.reason), "status": report.status, "alias": report.alias,
        "action": report.action, "code": report.code, "feedback_type": report.feedback_type, "dialect": report.dialect, "diagnostic": " ".join(report.diagnostic.split())[:500],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]) if sys.argv[1:] else app())
