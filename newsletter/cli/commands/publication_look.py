"""How a publication looks: the options of `newsletter publication change` that say so, and `preview`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, kinds, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model.brand import Brand

Tagline = Annotated[str, typer.Option(help="One line under the name in the masthead.")]
Footer = Annotated[str, typer.Option(metavar="MARKDOWN", help="One paragraph above the postal address.")]
Font = Annotated[kinds.Font | None, typer.Option(help="Which letters it is set in; none of them is fetched.")]
Social = Annotated[
    list[str],
    typer.Option(
        metavar="NAME=ADDRESS", help='Where else it is to be found; again for each, in order. "" takes all away.'
    ),
]
SponsorLabel = Annotated[
    str, typer.Option(help="What stands above what a sponsor paid for; without it the word of its language.")
]

Typographer = Annotated[
    kinds.OnOff | None,
    typer.Option(help="Whether quotes, dashes and dots are set as printers of its language set them."),
]

LogoFile = Annotated[
    str, typer.Option("--logo", metavar="FILE", help='The picture of the masthead: PNG, JPEG or GIF; "" takes it away.')
]
LogoDark = Annotated[
    str, typer.Option("--logo-dark", metavar="FILE", help="What stands in its place in the dark; named with --logo.")
]


def with_logo(parts: Parts, publication_id: int, named: dict[str, Any]) -> dict[str, Any]:
    """Return a change in which files of a logo are kept as images of the publication. Raises InputError."""
    from newsletter.images.keeping import Upload
    from newsletter.imaging.intake import MAX_OCTETS
    from newsletter.publications.look import logo_of_images

    if "logo_dark" in named and not named.get("logo"):
        raise InputError("a dark logo needs a light one", where="--logo-dark", remedy="name both: --logo FILE")
    file, dark_file = named.pop("logo", None), named.pop("logo_dark", "")
    if not file:
        return named if file is None else {**named, "logo": {}}
    uploads = [
        Upload(Path(each).name, files.read_at_most(each, MAX_OCTETS), alt="Logo") for each in (file, dark_file) if each
    ]
    kept = [one.image for one in parts.keeping_images.add(publication_id, uploads, by=at_machine())]
    return {**named, "logo": logo_of_images(*kept)}


def named(context: typer.Context) -> dict[str, Any]:
    """Return the fields of a change that the command line names, each as the room takes it. Raises InputError for social links."""
    given = (name for name in context.params if is_named(context, name))
    return {name: _READ.get(name, _as_it_is)(context.params[name]) for name in given if name not in {"slug", "json"}}


def is_named(context: typer.Context, name: str) -> bool:
    """Tell whether an option stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _as_it_is(value: Any) -> Any:
    return value


def _read_social(written: list[str]) -> Any:
    from newsletter.publications.look import read_social

    return read_social([line for line in written if line])


_READ: dict[str, Callable[[Any], Any]] = {
    "uncertain": lambda word: word.value,
    "four_eyes": lambda switch: switch is kinds.OnOff.ON,
    "typographer": lambda switch: switch is kinds.OnOff.ON,
    "font": lambda word: word.value,
    "social": _read_social,
}

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The publication.")]


def preview(
    slug: Slug,
    kind: Annotated[kinds.LookChoice, typer.Option("--as", help="Which output.")] = kinds.LookChoice.EMAIL,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = "-",
) -> None:
    """Show how a publication looks: the sample issue in its colour, its letters, its frame and its own templates.

    \b
      newsletter publication preview daily -o daily.html
      newsletter publication preview daily --as text
    """
    with opened() as parts:
        content = parts.sample_previewing.preview(the_publication(parts, slug).id, kind.value)
    files.write(output, content)


def lint(slug: Slug, json: Json = False) -> None:
    """Lint the templates that a publication has of its own, under templates/publications/SLUG (exit code 1 for a fault).

    \b
      newsletter publication lint daily
    """
    with opened() as parts:
        found = parts.sample_previewing.lint_templates(the_publication(parts, slug).id)
    if json:
        printing.as_json([asdict(fault) for fault in found])
    else:
        for fault in found:
            print(printing.safe(f"{'warning' if fault.warning else 'error'}: {fault.template}: {fault.what}"))
            print(printing.safe(f"  → {fault.remedy}"))
        print(f"{len(found)} finding{'' if len(found) == 1 else 's'}.")
    if any(not fault.warning for fault in found):
        raise typer.Exit(1)


def values(brand: Brand) -> dict[str, Any]:
    """Return what `newsletter publication show` tells of a look."""
    from newsletter.rendering.colours import DARK_PAPER, PAPER, contrast, palette

    shown = palette(brand.accent)
    return {
        "accent_on_light": f"{shown.accent} ({contrast(shown.accent, PAPER):.1f} to 1)",
        "accent_on_dark": f"{shown.dark_accent} ({contrast(shown.dark_accent, DARK_PAPER):.1f} to 1)",
        "tagline": brand.look.tagline,
        "footer": brand.look.footer,
        "font": brand.look.font.value,
        "social": [f"{link.name}={link.url}" for link in brand.look.social],
        "sponsor_label": brand.look.sponsor_label,
        "typographer": brand.look.typographer,
        "logo": brand.look.logo.url if brand.look.logo else "",
    }
