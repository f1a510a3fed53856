"""`newsletter segment`: choose some of a publication's readers by rules, keep them by a name, count them."""

from __future__ import annotations

import json as jsons
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json, Yes
from newsletter.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model import Segment
    from newsletter.model.segment import SegmentRule

app = typer.Typer(name="segment", help="Choose some of the readers by rules.", no_args_is_help=True)

MOST_OCTETS = 100_000
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the segment is called.")]
Tags = Annotated[list[str], typer.Option("--tag", metavar="TAG", help="Readers who bear this tag; may be repeated.")]
Fields = Annotated[
    list[str], typer.Option("--field", metavar="KEY=VALUE", help="Readers whose field is this; may be repeated.")
]
Domain = Annotated[str, typer.Option(metavar="DOMAIN", help="Readers whose addresses lie at this domain.")]
Days = Annotated[int | None, typer.Option(metavar="DAYS", min=1, help="Readers who joined within so many days.")]
RuleFile = Annotated[
    str, typer.Option("--rule", metavar="FILE", help="A rule as JSON, with all, any and none; - for standard input.")
]


@app.command()
def add(
    name: Name,
    publication: AnyPublication = "",
    tag: Tags = [],  # noqa: B006 - Typer reads it, and nothing writes it
    field: Fields = [],  # noqa: B006 - Typer reads it, and nothing writes it
    domain: Domain = "",
    joined_within: Days = None,
    rule: RuleFile = "",
    json: Json = False,
) -> None:
    """Keep a segment: readers for whom all of what is said is true.

    \b
      newsletter segment add "Press in Ulm" -p daily --tag press --field city=Ulm
      newsletter segment add "Not the press" -p daily --rule rule.json
    where rule.json holds, say, {"rule": "none", "of": [{"rule": "tag", "key": "press"}]}
    """
    wanted = _rule(tag, field, domain, joined_within, rule)
    with opened() as parts:
        home = the_publication(parts, publication).id
        made = parts.segmenting.add(home, name, wanted, by=at_machine())
        _tell(parts, made, json=json)


@app.command("list")
def list_all(publication: AnyPublication = "", json: Json = False) -> None:
    """List the segments of a publication.

    \b
      newsletter segment list -p daily
    """
    with opened() as parts:
        found = parts.segmenting.all_of(the_publication(parts, publication).id, by=at_machine())
    if json:
        printing.as_json_list([{"name": each.name, "rule": each.rule} for each in found])
        return
    printing.table(
        ("segment", "rule"), ((each.name, jsons.dumps(each.rule)) for each in found), empty="There is no segment."
    )


@app.command()
def show(name: Name, publication: AnyPublication = "", json: Json = False) -> None:
    """Count the active readers of a segment, and show the first of them.

    \b
      newsletter segment show "Press in Ulm" -p daily
    """
    with opened() as parts:
        _tell(parts, segment_named(parts, the_publication(parts, publication).id, name), json=json)


@app.command()
def remove(name: Name, publication: AnyPublication = "", yes: Yes = False) -> None:
    """Remove a segment; its readers stay.

    \b
      newsletter segment remove "Press in Ulm" -p daily
    """
    with opened() as parts:
        found = segment_named(parts, the_publication(parts, publication).id, name)
        if not yes:
            typer.confirm(f"Remove the segment {found.name}?", abort=True)
        parts.segmenting.remove(found.id, by=at_machine())
    print("Removed.")


def _rule(tags: list[str], fields: list[str], domain: str, days: int | None, path: str) -> SegmentRule:
    from newsletter.audience.segmenting import read_rule

    rules: list[Any] = [{"rule": "tag", "key": tag} for tag in tags]
    for given in fields:
        key, equals, value = given.partition("=")
        if not equals:
            raise InputError(f"{given!r} says nothing", where="--field", remedy="write KEY=VALUE, such as city=Ulm")
        rules.append({"rule": "field", "key": key.strip(), "value": value})
    rules += [{"rule": "domain", "domain": domain.lower()}] if domain else []
    rules += [{"rule": "joined", "days": days}] if days else []
    if path:
        try:
            rules.append(jsons.loads(files.read_at_most(path, MOST_OCTETS)))
        except (ValueError, RecursionError):
            raise InputError("this is not JSON", where=path, remedy='such as {"rule": "tag", "key": "press"}') from None
    if not rules:
        raise InputError("no rule is given", where="segment", remedy="say whom it chooses: --tag, --field, --rule")
    return read_rule({"rule": "all", "of": rules})


def segment_named(parts: Parts, publication_id: int, name: str) -> Segment:
    """Return the segment of that name. Raises NotFoundError."""
    for each in parts.segmenting.all_of(publication_id, by=at_machine()):
        if each.name == name:
            return each
    raise NotFoundError("there is no such segment", where=name, remedy="`newsletter segment list` names all")


def _tell(parts: Parts, segment: Segment, *, json: bool) -> None:
    from newsletter.audience.segmenting import read_rule

    look = parts.segmenting.look(segment.publication_id, read_rule(segment.rule), by=at_machine())
    if json:
        first = [reader._asdict() for reader in look.sample]
        printing.as_json({"name": segment.name, "rule": segment.rule, "readers": look.count, "first": first})
        return
    printing.facts([("segment", segment.name), ("readers", f"{look.count:,} active")])
    printing.table(("address", "name"), ((reader.address, reader.name) for reader in look.sample), empty="")
