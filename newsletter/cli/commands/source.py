"""`newsletter source`: what fills the drafts of a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import (
    source_gathering,
    source_lists,
    source_options,
    source_reading,
    source_sections,
    source_showing,
)
from newsletter.cli.commands.publication_look import is_named
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json

if TYPE_CHECKING:
    from newsletter.model import Source

app = typer.Typer(name="source", help="What fills the drafts of a publication.", no_args_is_help=True)


@app.command()
def add(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help='Where it is asked; "" is a table that is uploaded.')
    ],
    section: source_options.Section,
    publication: AnyPublication = "",
    kind: source_options.Kind = None,
    name: source_options.Name = "",
    mapping: source_options.MappingFile = "",
    header: source_options.Header = "",
    secret: source_options.Secret = "",
    plain_http: source_options.PlainHttp = False,
    weight: source_options.Weight = 3,
    most: source_options.Most = 50,
    keep_days: source_options.KeepDays = 7,
    every: source_options.Every = 0,
    wished: source_options.Wished = [],  # noqa: B006 - Typer makes a new one for each call
    json: Json = False,
) -> None:
    """Add a source. `newsletter source try` shows before what would come.

    \b
      newsletter source add https://example.org/feed.xml --section wire --weight 5
      newsletter source add https://rss.arxiv.org/rss/cs.CL+cs.LG --section papers --wished cs.CL
      newsletter source add https://board.example/data.json --section benchmarks --kind table --mapping board.json
    """
    from newsletter.sources.checking import kind_by_address
    from newsletter.sources.keeping import NewSource

    new = NewSource(
        section=section,
        kind=kind.value if kind else kind_by_address(address, is_mapped=bool(mapping)),
        address=address,
        name=name,
        mapping=source_options.mapping_in(mapping) if mapping else None,
        header=header,
        secret=secret,
        plain_http=plain_http,
        weight=weight,
        most=most,
        keep_days=keep_days,
        every_minutes=every,
        wished=tuple(wished),
    )
    with opened() as parts:
        source_showing.tell(parts.sources.add(the_publication(parts, publication).id, new, by=at_machine()), json)


@app.command("list")
def list_all(publication: AnyPublication = "", json: Json = False) -> None:
    """List the sources of a publication, each with what came of it last.

    \b
      newsletter source list -p daily
    """
    from newsletter.sources import listing

    with opened() as parts:
        source_showing.tell_all(listing.every(parts.database, the_publication(parts, publication).id), json)


@app.command()
def show(
    source: source_options.Which,
    publication: AnyPublication = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many of its last results.")] = 10,
    before: Annotated[int, typer.Option(min=1, help="Only results with a smaller number: the page behind.")] = 2**53,
    json: Json = False,
) -> None:
    """Show a source, and what came of it in the last runs.

    \b
      newsletter source show example.org --limit 30
    """
    from newsletter.sources import reporting

    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        history = reporting.history_of(parts.database, found.id, before=before, limit=limit)
    if json:
        lines = [{"id": number, "at": at} | source_showing.line_values(line) for at, number, line in history]
        printing.as_json(source_showing.values(found) | {"history": lines})
        return
    source_showing.tell(found, json=False)
    print()
    source_showing.tell_history(history)
    if len(history) == limit:
        printing.aside(f"There may be more: --before {history[-1][1]}")


@app.command("try")
def try_one(
    address: source_options.Address,
    kind: source_options.Kind = None,
    mapping: source_options.MappingFile = "",
    header: source_options.Header = "",
    secret: source_options.Secret = "",
    plain_http: source_options.PlainHttp = False,
    json: Json = False,
) -> None:
    """Show what an address would offer: its kind, feeds that a page names, the first items. Nothing is stored.

    \b
      newsletter source try https://example.org
      newsletter source try https://board.example/data.json --mapping board.json
    """
    from newsletter.model.sources import SourceKind
    from newsletter.sources.outcomes import AskedSource

    wanted = AskedSource(
        source_id=0,
        name="",
        kind=SourceKind.FEED,
        address=address,
        mapping=source_options.mapping_in(mapping) if mapping else None,
        header=header,
        secret=secret,
        plain_http=plain_http,
    )
    with opened() as parts:
        trial = parts.trying_sources.look(wanted, kind=SourceKind(kind.value) if kind else None)
    source_showing.tell_trial(trial, json)
    if not trial.is_good:
        raise typer.Exit(1)


@app.command()
def change(
    context: typer.Context,
    source: source_options.Which,
    publication: AnyPublication = "",
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Where it is asked from now on.")] = "",
    section: source_options.Section = "",
    kind: source_options.Kind = None,
    name: source_options.Name = "",
    mapping: source_options.MappingFile = "",
    header: source_options.Header = "",
    secret: source_options.Secret = "",
    plain_http: Annotated[bool, typer.Option("--plain-http/--no-plain-http", help="Whether http: may do.")] = False,
    weight: source_options.Weight = 3,
    most: source_options.Most = 50,
    keep_days: source_options.KeepDays = 7,
    every: source_options.Every = 0,
    wished: source_options.Wished = [],  # noqa: B006 - Typer makes a new one for each call
    json: Json = False,
) -> None:
    """Change a source; what is not named stays as it is.

    \b
      newsletter source change example.org --section labs --weight 8
    """
    from newsletter.sources.keeping import SourceChange

    del (
        address,
        section,
        kind,
        name,
        header,
        secret,
        plain_http,
        weight,
        most,
        keep_days,
        wished,
    )  # read from the context
    named = {each: context.params[each] for each in context.params if is_named(context, each)}
    fields = _change_fields({**named, "mapping": mapping, "every": every}, named)
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        changed = parts.sources.change(found.id, SourceChange(**fields), by=at_machine())
    source_showing.tell(changed, json)


def _change_fields(values: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    fields = {each: values[each] for each in named if each not in {"source", "publication", "json"}}
    if "mapping" in fields:
        fields["mapping"] = source_options.mapping_in(fields["mapping"]) if fields["mapping"] else {}
    if "every" in fields:
        fields["every_minutes"] = fields.pop("every")
    if "wished" in fields:
        fields["wished"] = tuple(fields["wished"])
    if "kind" in fields:
        fields["kind"] = fields["kind"].value
    return fields


@app.command()
def accept(source: source_options.Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Ask a source from now on where it said, three runs in a row, that it has moved for good.

    \b
      newsletter source accept example.org
    """
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        source_showing.tell(parts.sources.accept_address(found.id, by=at_machine()), json)


@app.command()
def release(source: source_options.Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Let a board be shown that was held for you: half of its rows were gone, or a figure had jumped.

    \b
      newsletter source release "Coding board"
    """
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        _said(parts.releasing.release(found.id, by=at_machine()), "is shown again", json)


@app.command()
def remove(source: source_options.Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Take a source away with its history; what it offered stays.

    \b
      newsletter source remove example.org
    """
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        _said(parts.sources.remove(found.id, by=at_machine()), "is removed", json)


@app.command()
def off(source: source_options.Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Ask a source no more.

    \b
      newsletter source off example.org
    """
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        _said(parts.sources.switch_off(found.id, by=at_machine()), "is off", json)


@app.command()
def on(source: source_options.Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Ask a source again that is off or rests.

    \b
      newsletter source on example.org
    """
    with opened() as parts:
        found = source_options.the_source(parts, the_publication(parts, publication).id, source)
        _said(parts.sources.switch_on(found.id, by=at_machine()), "is on", json)


def _said(source: Source, what: str, json: bool) -> None:
    if json:
        printing.as_json(source_showing.values(source))
    else:
        print(printing.safe(f"{source.name} {what}."))


app.command()(source_gathering.gather)
app.command()(source_gathering.upload)
app.command()(source_reading.read)
app.command("import-opml")(source_lists.import_opml)
app.command("export-opml")(source_lists.export_opml)
app.add_typer(source_sections.app)
