"""`newsletter editor`: who may sign in at the desk."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, Json, Yes
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.store.editors import Listed

app = typer.Typer(name="editor", help="Say who may sign in at the desk.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
]


@app.command()
def create(
    address: AddressArgument,
    name: Annotated[str, typer.Option(help="Name shown at the desk.")] = "",
    password_stdin: PasswordStdin = False,
    json: Json = False,
) -> None:
    """Create an editor; the password is asked for and not shown. It has at least 12 characters.

    \b
      newsletter editor create ada@example.org --name "Ada"
      pass show newsletter | newsletter editor create ada@example.org --password-stdin
    """
    from newsletter.accounts import editors

    with opened() as parts:
        password = _read_password(password_stdin)
        editor = editors.create(
            parts.database, parts.passwords, clock=parts.clock, address=address, password=password, name=name
        )
        desk = f"{parts.settings.base_url}/desk"
    if json:
        printing.as_json({"id": editor.id, "address": editor.address, "name": editor.name, "desk": desk})
    else:
        print(f"{editor.address} may sign in at {desk}")


@app.command("list")
def list_all(json: Json = False) -> None:
    """List the editors: who is disabled, and who is signed in where how often.

    \b
      newsletter editor list
    """
    from newsletter.accounts import editors

    with opened() as parts:
        rows = [_row(listed) for listed in editors.listed(parts.database, clock=parts.clock)]
    if json:
        printing.as_json(rows)
        return
    shown = ((r["address"], r["name"], r["standing"], r["sessions"], r["seen_at"] or "") for r in rows)
    printing.table(
        ("address", "name", "standing", "signed in", "last seen"),
        shown,
        empty="Nobody may sign in yet: `newsletter editor create`.",
    )


@app.command()
def password(address: AddressArgument, password_stdin: PasswordStdin = False) -> None:
    """Give an editor a new password, and sign them out everywhere.

    \b
      newsletter editor password ada@example.org
    """
    from newsletter.accounts import editors

    with opened() as parts:
        given = _read_password(password_stdin)
        editors.set_password(parts.database, parts.passwords, address=address, password=given)
    print("The password is changed; every browser is signed out.")


@app.command("sign-out")
def sign_out(address: AddressArgument) -> None:
    """Sign an editor out everywhere; the password stays.

    \b
      newsletter editor sign-out ada@example.org
    """
    from newsletter.accounts import editors

    with opened() as parts:
        editors.sign_out(parts.database, address=address)
    print("Every browser is signed out.")


@app.command()
def disable(address: AddressArgument) -> None:
    """Let an editor sign in no more, and sign them out everywhere. `enable` takes it back.

    \b
      newsletter editor disable ada@example.org
    """
    from newsletter.accounts import editors

    with _telling_if_nobody_is_left() as parts:
        editors.disable(parts.database, clock=parts.clock, address=address)
    print("Disabled; every browser is signed out.")


@app.command()
def enable(address: AddressArgument) -> None:
    """Let a disabled editor sign in again, with the password they had.

    \b
      newsletter editor enable ada@example.org
    """
    from newsletter.accounts import editors

    with opened() as parts:
        editors.enable(parts.database, address=address)
    print("Enabled.")


@app.command()
def remove(address: AddressArgument, yes: Yes = False) -> None:
    """Delete an editor's account and sign them out everywhere; what they wrote stays.

    \b
      newsletter editor remove ada@example.org
    """
    from newsletter.accounts import editors

    with _telling_if_nobody_is_left() as parts:
        if not yes:
            typer.confirm(f"Remove the account of {address}", abort=True)
        editors.remove(parts.database, address=address)
    print("Removed; every browser is signed out.")


def _row(listed: Listed) -> dict[str, Any]:
    editor = listed.editor
    return {
        "id": editor.id,
        "address": editor.address,
        "name": editor.name,
        "standing": "able" if editor.disabled_at is None else "disabled",
        "created_at": editor.created_at,
        "disabled_at": editor.disabled_at,
        "sessions": listed.sessions,
        "seen_at": listed.seen_at,
    }


@contextmanager
def _telling_if_nobody_is_left() -> Iterator[Parts]:
    from newsletter.accounts import editors

    with opened() as parts:
        yield parts
        if editors.nobody_is_left(parts.database):
            printing.aside("Nobody can sign in at the desk now: `newsletter editor create` or `enable` changes that.")


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("there is no terminal to ask for the password", remedy="pipe it in with --password-stdin")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
