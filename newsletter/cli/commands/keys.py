"""`newsletter keys`: fresh secrets, and keys for processes that shall not have the secret."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from newsletter.cli import files, printing
from newsletter.cli.options import Json
from newsletter.errors import ConflictError, InputError
from newsletter.signing_keys import PURPOSES, ProcessRole, derive_all, new_secret, write
from newsletter.tokens import FIRST_KEY_ID

app = typer.Typer(name="keys", help="Make secrets, and keys that each serve one role.", no_args_is_help=True)

_PASSWORD_OCTETS = 24
_APART = (ProcessRole.WORKER, ProcessRole.INBOUND)
"""The roles that docker-compose.yml gives keys of their own."""


@app.callback()
def _group() -> None:
    """Make secrets, and keys that each serve one role."""


@app.command()
def new(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="A new file for them; - is standard output.")
    ] = files.STANDARD,
) -> None:
    """Print fresh secrets as lines for `.env`: database password, secret key, and the keys of worker and inbound. Looks at no setting.

    \b
      newsletter keys new -o .env
    """
    secret = new_secret()
    lines = [
        "# Keep a copy somewhere safe: every link in sent mail depends on NEWSLETTER_SECRET_KEY.",
        f"POSTGRES_PASSWORD={secrets.token_urlsafe(_PASSWORD_OCTETS)}",
        f"NEWSLETTER_SECRET_KEY={secret}",
        "# Made from it, for containers that shall not have it: `newsletter keys derive` makes them again.",
        *(f"{role.upper()}_SIGNING_KEYS={_derived({FIRST_KEY_ID: secret.encode()}, role)}" for role in _APART),
    ]
    files.write_new(output, "\n".join(lines) + "\n")


@app.command()
def derive(
    role: Annotated[ProcessRole, typer.Argument(metavar="ROLE", help="service, web, worker, inbound or command.")],
    json: Json = False,
) -> None:
    """Print the keys that one role needs, as the value of NEWSLETTER_SIGNING_KEYS: with them it needs no NEWSLETTER_SECRET_KEY.

    Run it where the secret key is. After a new secret key (docs/production.md) run it again; previous keys are among them.

    \b
      newsletter keys derive inbound
      echo "INBOUND_SIGNING_KEYS=$(newsletter keys derive inbound)" >> .env
    """
    from newsletter.bootstrap import secrets_by_number
    from newsletter.config import load

    settings = load()
    if not PURPOSES[role]:
        raise ConflictError(f"the {role} signs and reads nothing", remedy="give it no key at all")
    if settings.given_keys:
        raise InputError(
            "there is no secret key here to derive from",
            where="NEWSLETTER_SIGNING_KEYS",
            remedy="run this where NEWSLETTER_SECRET_KEY is set",
        )
    derived = _derived(secrets_by_number(settings), role)
    if json:
        purposes = sorted(purpose.value for purpose in PURPOSES[role])
        printing.as_json({"role": role.value, "purposes": purposes, "signing_keys": derived})
    else:
        print(derived)


def _derived(secret_of_number: dict[int, bytes], role: ProcessRole) -> str:
    return write(derive_all(secret_of_number, PURPOSES[role]))
