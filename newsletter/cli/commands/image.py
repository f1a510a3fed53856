"""`newsletter image`: images that issues show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import publication_id, the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json

if TYPE_CHECKING:
    from newsletter.images.keeping import Upload
    from newsletter.model import Image

HELP = """\
Keep the images that issues show.

\b
  newsletter image add chart.png --alt "Scores by model" --dark chart-dark.png
  newsletter image list
  newsletter image show chart.png
  newsletter image remove chart.png
"""
app = typer.Typer(name="image", help=HELP, no_args_is_help=True)
Which = Annotated[str, typer.Argument(metavar="IMAGE", help="Its number, name, or the first 8 digits of its digest.")]


@app.command()
def add(
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="PNG, JPEG, GIF or WebP; SVG is refused.")],
    publication: AnyPublication = "",
    alt: Annotated[str, typer.Option("--alt", help="What it shows, for those who do not see it.")] = "",
    caption: Annotated[str, typer.Option("--caption", help="What stands below it.")] = "",
    credit: Annotated[str, typer.Option("--credit", help="Who made it; stands behind the caption.")] = "",
    dark: Annotated[str, typer.Option("--dark", metavar="FILE", help="What is shown in its place in dark mode.")] = "",
    json: Json = False,
) -> None:
    """Add images to a publication, and print the Markdown that shows each. A bad file stores nothing.

    They are made at most 1,184 px wide, and lose what came along with them, such as where a photograph was taken.

    \b
      newsletter image add chart.png --alt "Scores by model"
      newsletter image add *.jpg -p daily
    """
    from newsletter.errors import InputError
    from newsletter.images.listing import markdown_of

    if len(file) > 1 and (dark or alt or caption):
        what = "what is said of an image, and its dark one, belong to one file"
        raise InputError(what, where="FILE", remedy="add this image by a command of its own")
    uploads = [_upload(each, {"alt": alt, "caption": caption, "credit": credit}, dark) for each in file]
    with opened() as parts:
        kept = parts.keeping_images.add(the_publication(parts, publication).id, uploads, by=at_machine())
    for one in kept:
        for word in one.told:
            printing.aside(f"{one.image.name}: {word}")
    if json:
        printing.as_json([values(one.image) for one in kept])
        return
    for one in kept:
        print(printing.safe(markdown_of(one.image)))


@app.command("list")
def list_all(
    publication: AnyPublication = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 100,
    before: Annotated[int, typer.Option(min=1, help="Only those with a smaller number: the page behind.")] = 2**53,
    json: Json = False,
) -> None:
    """List images, newest first; of one publication or of all.

    \b
      newsletter image list -p daily --limit 20
    """
    from newsletter.images import listing

    with opened() as parts:
        found = listing.page(parts.database, publication_id(parts, publication), before=before, size=limit)
        slugs = listing.slugs(parts.database)
    if json:
        printing.as_json([values(image) | {"publication": slugs[image.publication_id]} for image in found.rows])
        return
    rows = [
        (
            image.id,
            slugs[image.publication_id],
            image.name,
            f"{image.width} x {image.height}",
            f"{image.octets:,}",
            f"{image.created_at:%Y-%m-%d}",
            image.digest[:12],
        )
        for image in found.rows
    ]
    head = ("number", "publication", "name", "px", "octets", "added", "digest")
    printing.table(head, rows, empty="No image yet: `newsletter image add FILE`.")
    if found.more is not None:
        printing.aside(f"There are more: --before {found.more}")


@app.command()
def show(image: Which, publication: AnyPublication = "", json: Json = False) -> None:
    """Show what is known of an image: its size, its words, the Markdown for it, and which issues show it.

    \b
      newsletter image show chart.png
    """
    from newsletter.images import listing

    with opened() as parts:
        found = listing.facts(parts.database, the_publication(parts, publication).id, image)
        address = parts.settings.base_url + listing.reference_of(found.image)
    if json:
        dark = values(found.dark) if found.dark else None
        printing.as_json(values(found.image) | {"address": address, "dark": dark, "shown_by": found.users})
        return
    about = values(found.image)
    names = ("id", "name", "media_type", "width", "height", "octets", "alt", "caption", "credit", "digest", "markdown")
    printing.facts([(name.replace("_", " "), about[name]) for name in names])
    dark_name = found.dark.name if found.dark else ""
    printing.facts([("address", address), ("dark", dark_name), ("shown by", ", ".join(found.users) or "nothing")])


@app.command()
def remove(image: Which, publication: AnyPublication = "") -> None:
    """Remove an image. Refused while an issue shows it, or another image has it as its dark one.

    \b
      newsletter image remove chart.png
    """
    with opened() as parts:
        gone = parts.keeping_images.remove(the_publication(parts, publication).id, image, by=at_machine())
    print(printing.safe(f"{gone.name} is removed."))


def values(image: Image) -> dict[str, Any]:
    """Return what programs may read of an image."""
    from newsletter.images.listing import markdown_of

    names = ("id", "name", "digest", "media_type", "width", "height", "octets", "alt", "caption", "credit")
    return {name: getattr(image, name) for name in names} | {
        "dark_image_id": image.dark_image_id,
        "created_at": image.created_at,
        "created_by": image.created_by,
        "markdown": markdown_of(image),
    }


def _upload(file: str, words: dict[str, str], dark: str = "") -> Upload:
    from newsletter.images.keeping import Upload
    from newsletter.imaging.intake import MAX_OCTETS

    content = files.read_at_most(file, MAX_OCTETS)
    return Upload(Path(file).name, content, **words, dark=_upload(dark, {"alt": words["alt"]}) if dark else None)
