"""`newsletter field`: what a publication knows of its readers besides address and name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json, Yes
from newsletter.errors import InputError, NotFoundError
from newsletter.model.reader_fields import FieldKind

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model import ReaderField

app = typer.Typer(name="field", help="Define fields of readers, and note their values.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key of the field, as the list shows it.")]
Kind = Annotated[FieldKind, typer.Option(help="What its values are.")]
Choices = Annotated[
    list[str], typer.Option("--choice", metavar="TEXT", help="One of the choices of a choice; may be repeated.")
]
OnForm = Annotated[bool, typer.Option("--on-form", help="Ask for it in the sign-up form.")]
Required = Annotated[bool, typer.Option("--required", help="Take no sign-up without it.")]


@app.command()
def add(
    title: Annotated[str, typer.Argument(metavar="NAME", help="What readers see beside the input.")],
    publication: AnyPublication = "",
    kind: Kind = FieldKind.TEXT,
    choice: Choices = [],  # noqa: B006 - Typer reads it, and nothing writes it
    on_form: OnForm = False,
    required: Required = False,
    json: Json = False,
) -> None:
    """Define a field; its key follows from its name.

    \b
      newsletter field add City -p daily --on-form
      newsletter field add "Size of shirt" -p daily --kind choice --choice S --choice M --choice L
    """
    from newsletter.audience.keeping_fields import FieldWish

    with opened() as parts:
        home = the_publication(parts, publication).id
        made = parts.keeping_fields.add(home, FieldWish(title, kind, choice, on_form, required), by=at_machine())
    _tell([made], json=json)


@app.command("list")
def list_all(publication: AnyPublication = "", json: Json = False) -> None:
    """List the fields of a publication, in their order.

    \b
      newsletter field list -p daily
    """
    with opened() as parts:
        found = parts.keeping_fields.listed(the_publication(parts, publication).id)
    _tell(list(found), json=json)


@app.command()
def change(
    key: Key,
    publication: AnyPublication = "",
    title: Annotated[str, typer.Option(metavar="NAME", help="Another name; the key stays.")] = "",
    choice: Choices = [],  # noqa: B006 - Typer reads it, and nothing writes it
    on_form: Annotated[
        bool | None, typer.Option("--on-form/--off-form", help="Ask for it in the form, or no more.")
    ] = None,
    required: Annotated[bool | None, typer.Option("--required/--optional", help="Whether the form needs it.")] = None,
) -> None:
    """Change the name of a field, its choices, and whether the form asks for it.

    \b
      newsletter field change city -p daily --title "Your town" --on-form
    """
    from newsletter.audience.keeping_fields import FieldWish

    with opened() as parts:
        found = _named(parts, the_publication(parts, publication).id, key)
        wish = FieldWish(
            title or found.title,
            found.kind,
            choice or found.choices.splitlines(),
            found.on_form if on_form is None else on_form,
            found.required if required is None else required,
        )
        parts.keeping_fields.change(found.id, wish, by=at_machine())
    print("Changed.")


@app.command()
def remove(key: Key, publication: AnyPublication = "", yes: Yes = False) -> None:
    """Remove a field with all its values.

    \b
      newsletter field remove city -p daily
    """
    with opened() as parts:
        found = _named(parts, the_publication(parts, publication).id, key)
        if not yes:
            typer.confirm(f"Remove the field {found.title} with all its values?", abort=True)
        parts.keeping_fields.remove(found.id, by=at_machine())
    print("Removed.")


@app.command("set")
def note(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="A reader's address.")],
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="What a field holds; empty: nothing.")] = [],  # noqa: B006
    publication: AnyPublication = "",
    tag: Annotated[
        list[str],
        typer.Option(
            "--tag", metavar="TAG", help="All tags of the reader, in place of those there are; may be repeated."
        ),
    ] = [],  # noqa: B006
) -> None:
    """Note what is known of a reader: values of fields, and tags.

    \b
      newsletter field set ann@example.org city=Ulm size=M -p daily
      newsletter field set ann@example.org --tag press -p daily
    """
    told = {}
    for given in values:
        key, equals, value = given.partition("=")
        if not equals:
            raise InputError(f"{given!r} says nothing", where="KEY=VALUE", remedy="such as city=Ulm")
        told[key.strip()] = value
    with opened() as parts:
        home = the_publication(parts, publication).id
        reader = parts.describing_readers.named(home, address, by=at_machine())
        parts.describing_readers.describe(home, reader, told, tag or None, by=at_machine())
    print("Noted.")


def _named(parts: Parts, publication_id: int, key: str) -> ReaderField:
    for each in parts.keeping_fields.listed(publication_id):
        if each.key == key:
            return each
    raise NotFoundError("there is no such field", where=key, remedy="`newsletter field list` names all")


def _tell(fields: list[ReaderField], *, json: bool) -> None:
    if json:
        printing.as_json_list(
            [
                {
                    "key": each.key,
                    "title": each.title,
                    "kind": each.kind.value,
                    "choices": each.choices.splitlines(),
                    "on_form": each.on_form,
                    "required": each.required,
                }
                for each in fields
            ]
        )
        return
    rows = ((f.key, f.title, f.kind.value, "needed" if f.required else "asked" if f.on_form else "") for f in fields)
    printing.table(("key", "name", "kind", "in the form"), rows, empty="There is no field.")
