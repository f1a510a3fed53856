"""`newsletter editor`: who may sign in at the desk."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, Json
from newsletter.errors import InputError

app = typer.Typer(name="editor", help="Say who may sign in at the desk.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Say who may sign in at the desk."""


@app.command()
def create(
    address: AddressArgument,
    name: Annotated[str, typer.Option(help="Name shown at the desk.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    json: Json = False,
) -> None:
    """Create an editor; the password is asked for and not shown. It has at least 12 characters.

    \b
      newsletter editor create ada@example.org --name "Ada"
      pass show newsletter | newsletter editor create ada@example.org --password-stdin
    """
    from newsletter.issues.editors import create_editor

    with opened() as parts:
        password = _read_password(password_stdin)
        editor = create_editor(parts.database, clock=parts.clock, address=address, password=password, name=name)
        desk = f"{parts.settings.base_url}/desk"
    if json:
        printing.as_json({"id": editor.id, "address": editor.address, "name": editor.name, "desk": desk})
    else:
        print(f"{editor.address} may sign in at {desk}")


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("there is no terminal to ask for the password", remedy="pipe it in with --password-stdin")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
