"""The `newsletter` command: all groups put together, and the one place where an error becomes words and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer
import typer.main

from newsletter import __version__
from newsletter.cli import failures, processes
from newsletter.cli.commands import (
    alarm,
    api_key,
    audit,
    author,
    backup,
    doctor,
    domain,
    editor,
    feedback,
    field,
    image,
    inbound,
    issue,
    keys,
    move_in,
    publication,
    reports,
    segment,
    service,
    slot,
    source,
    subscriber,
    suppression,
    tracking,
)

HELP = """\
Send a newsletter to everyone who asked for it, once.

\b
  newsletter demo                          try it: everything in one process, mail stays here
  newsletter migrate                       make or update the tables
  newsletter publication create daily --name "The Daily" --from news@example.org
  newsletter issue import today.md
  newsletter issue send today --wait
  newsletter doctor                        is everything in order?

Settings come from NEWSLETTER_... variables, a .env file, or the TOML file NEWSLETTER_CONFIG names:
`newsletter doctor --settings` lists them. Exit codes: 0 done, 1 found wanting, 2 bad input,
3 not found, 4 not possible in this state, 6 something we need is down, 7 not allowed, 130 interrupted.
"""

app = typer.Typer(
    name="newsletter",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # errors are told by `failures`
    rich_markup_mode=None,  # plain help: it starts in half the time, and reads well in a pipe
)
# One line for each group of commands; a new group is one file in commands/.
service.add_to(app)
inbound.add_to(app)
doctor.add_to(app)
backup.add_to(app)
app.add_typer(publication.app)
app.add_typer(author.app)
app.add_typer(slot.app)
app.add_typer(issue.app)
app.add_typer(image.app)
app.add_typer(source.app)
app.add_typer(subscriber.app)
move_in.add_to(app)
app.add_typer(suppression.app)
app.add_typer(field.app)
app.add_typer(segment.app)
app.add_typer(editor.app)
app.add_typer(domain.app)
app.add_typer(keys.app)
app.add_typer(api_key.app)
app.add_typer(alarm.app)
app.add_typer(audit.app)
app.add_typer(processes.bench_commands())
reports.add_to(feedback.app)
tracking.add_to(publication.app, subscriber.app)
app.add_typer(feedback.app, name="feedback")


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"newsletter {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
) -> None:
    failures.show_tracebacks(debug)


@cache
def _commands() -> Callable[..., object]:
    """Build the tree of all commands once in a process: Typer itself builds it anew at each call."""
    return typer.main.get_command(app)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong has been told on standard error."""
    failures.show_tracebacks(False)
    try:
        _commands()(args=arguments, prog_name="newsletter")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return failures.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: told in words, with the traceback on --debug
        return failures.tell(error)
    return 0


def main() -> None:
    """Run the command on the process's own arguments and leave with its exit code."""
    os.umask(0o077)  # `private_files` needs none; this is for whatever a library may make by itself
    sys.exit(run(sys.argv[1:]))
