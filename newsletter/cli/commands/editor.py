"""`newsletter editor`: who may sign in at the desk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import AddressArgument, Json, Yes
from newsletter.errors import InputError
from newsletter.model.rights import HeldGrant, Role

if TYPE_CHECKING:
    from newsletter.accounts.editors import Member

app = typer.Typer(name="editor", help="Say who may sign in at the desk.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
]
ForPublication = Annotated[
    str, typer.Option("--publication", "-p", metavar="SLUG", help="On this publication alone; without it everywhere.")
]
RoleOption = Annotated[Role, typer.Option("--role", help="What they may do.")]


@app.command()
def create(
    address: AddressArgument,
    name: Annotated[str, typer.Option(help="Name shown at the desk.")] = "",
    role: RoleOption = Role.OWNER,
    publication: ForPublication = "",
    password_stdin: PasswordStdin = False,
    json: Json = False,
) -> None:
    """Create an editor, an owner unless a role is given; the password is asked for and not shown. It has at least 12 characters.

    \b
      newsletter editor create ada@example.org --name "Ada"
      pass show newsletter | newsletter editor create bo@example.org --role writer -p daily --password-stdin
    """
    with opened() as parts:
        password = _read_password(password_stdin)
        editor = parts.accounts.team.create(address, password, HeldGrant(role, publication), name=name, by=at_machine())
        desk = f"{parts.settings.base_url}/desk"
    if json:
        printing.as_json({"id": editor.id, "address": editor.address, "name": editor.name, "desk": desk})
    else:
        print(f"{editor.address} may sign in at {desk}")


@app.command()
def invite(
    address: AddressArgument,
    role: Annotated[Role, typer.Option("--role", help="What they may do.")],
    publication: ForPublication = "",
    print_: Annotated[bool, typer.Option("--print", help="Print the link instead of mailing it.")] = False,
) -> None:
    """Invite somebody by mail: a link that works once within seven days, where they choose a name and a password.

    Inviting again replaces the link. The mail goes out with the next round of the scheduler.

    \b
      newsletter editor invite bo@example.org --role writer -p daily
    """
    held = HeldGrant(role, publication)
    with opened() as parts:
        if print_:
            print(parts.accounts.links.invite_by_hand(address, held, by=at_machine()))
            return
        parts.accounts.links.invite(address, held, by=at_machine())
    print("The invitation is on its way.")


@app.command("second-factor")
def remove_second_factor(address: AddressArgument, yes: Yes = False) -> None:
    """Take the second factor of an editor away, who lost it, and sign them out everywhere. The password stays.

    \b
      newsletter editor second-factor ada@example.org
    """
    with opened() as parts:
        if not yes:
            typer.confirm(f"Take the second factor of {address} away", abort=True)
        parts.accounts.team.remove_second_factor(address, by=at_machine())
    print("Taken away; every browser is signed out.")


@app.command("list")
def list_all(json: Json = False) -> None:
    """List the editors: which roles they have, who is disabled, and who is signed in where how often.

    \b
      newsletter editor list
    """
    with opened() as parts:
        rows = [_row(member) for member in parts.accounts.team.members()]
    if json:
        printing.as_json(rows)
        return
    shown = (
        (r["address"], r["name"], _told(r["roles"]), r["standing"], r["sessions"], r["seen_at"] or "") for r in rows
    )
    printing.table(
        ("address", "name", "roles", "standing", "signed in", "last seen"),
        shown,
        empty="Nobody may sign in yet: `newsletter editor create`.",
    )


@app.command("role")
def set_role(
    address: AddressArgument,
    role: Annotated[Role | None, typer.Argument(metavar="ROLE", help=f"{', '.join(Role)}; none with --take.")] = None,
    publication: ForPublication = "",
    take: Annotated[bool, typer.Option("--take", help="Take the role they have there.")] = False,
) -> None:
    """Say what an editor may do, everywhere or on one publication, and sign them out. The last owner stays one.

    \b
      newsletter editor role ada@example.org publisher -p daily
      newsletter editor role ada@example.org --take -p daily
    """
    if (role is None) is not take:
        raise InputError("say which role they get, or --take", where="ROLE", remedy=f"there are: {', '.join(Role)}")
    with opened() as parts:
        if role is None:
            team = parts.accounts.team
            team.take_role(address, team.scope(publication), by=at_machine())
        else:
            parts.accounts.team.give_role(address, HeldGrant(role, publication), by=at_machine())
    print("The role is changed; whoever lost or got one signs in again.")


@app.command()
def password(address: AddressArgument, password_stdin: PasswordStdin = False) -> None:
    """Give an editor a new password, and sign them out everywhere.

    \b
      newsletter editor password ada@example.org
    """
    with opened() as parts:
        parts.accounts.team.set_password(address, _read_password(password_stdin), by=at_machine())
    print("The password is changed; every browser is signed out.")


@app.command("sign-out")
def sign_out(address: AddressArgument) -> None:
    """Sign an editor out everywhere; the password stays.

    \b
      newsletter editor sign-out ada@example.org
    """
    with opened() as parts:
        parts.accounts.team.sign_out(address, by=at_machine())
    print("Every browser is signed out.")


@app.command()
def disable(address: AddressArgument) -> None:
    """Let an editor sign in no more, and sign them out everywhere. `enable` takes it back. The last owner stays.

    \b
      newsletter editor disable ada@example.org
    """
    with opened() as parts:
        parts.accounts.team.disable(address, by=at_machine())
    print("Disabled; every browser is signed out.")


@app.command()
def enable(address: AddressArgument) -> None:
    """Let a disabled editor sign in again, with the password they had.

    \b
      newsletter editor enable ada@example.org
    """
    with opened() as parts:
        parts.accounts.team.enable(address, by=at_machine())
    print("Enabled.")


@app.command()
def remove(address: AddressArgument, yes: Yes = False) -> None:
    """Delete an editor's account and sign them out everywhere; what they wrote stays. The last owner stays, too.

    \b
      newsletter editor remove ada@example.org
    """
    with opened() as parts:
        if not yes:
            typer.confirm(f"Remove the account of {address}", abort=True)
        parts.accounts.team.remove(address, by=at_machine())
    print("Removed; every browser is signed out.")


def _row(member: Member) -> dict[str, Any]:
    listed, editor = member.listed, member.listed.editor
    return {
        "id": editor.id,
        "address": editor.address,
        "name": editor.name,
        "roles": [{"role": held.role, "publication": held.publication or None} for held in member.roles],
        "second_factor": member.second_factor,
        "standing": "able" if editor.disabled_at is None else "disabled",
        "created_at": editor.created_at,
        "disabled_at": editor.disabled_at,
        "sessions": listed.sessions,
        "seen_at": listed.seen_at,
    }


def _told(roles: list[dict[str, Any]]) -> str:
    return ", ".join(f"{r['role']} of {r['publication']}" if r["publication"] else str(r["role"]) for r in roles)


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("there is no terminal to ask for the password", remedy="pipe it in with --password-stdin")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
