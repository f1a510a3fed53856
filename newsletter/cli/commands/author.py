"""`newsletter author`: who writes for a publication, to be named in the front matter of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.opening import opened
from newsletter.cli.options import AnyPublication, Json

if TYPE_CHECKING:
    from newsletter.model.brand import Author

app = typer.Typer(name="author", help="Who writes for a publication.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Short name for front matter: a-z, 0-9 and -.")]
Name = Annotated[str, typer.Option(help="The name readers see.")]
Avatar = Annotated[
    str | None, typer.Option(metavar="URL", help="A square picture: on https, or of the service (/images/...).")
]
Bio = Annotated[str | None, typer.Option(help="A sentence or two, Markdown of one line.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="Where the name leads.")]


@app.command()
def add(
    slug: Slug,
    name: Name,
    publication: AnyPublication = "",
    avatar: Avatar = None,
    bio: Bio = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Add an author; `author: SLUG` in the front matter of an issue then shows name, picture and words.

    \b
      newsletter author add ada --name "Ada Example" --avatar https://example.org/ada.png --bio "Writes about machines."
    """
    from newsletter.model.brand import Author

    author = Author(slug, name, avatar or "", bio or "", url or "")
    with opened() as parts:
        _tell(parts.authors.add(the_publication(parts, publication).id, author, by=at_machine()), json)


@app.command()
def change(
    slug: Slug,
    publication: AnyPublication = "",
    name: Annotated[str | None, typer.Option(help="The name readers see.")] = None,
    avatar: Avatar = None,
    bio: Bio = None,
    url: Url = None,
    json: Json = False,
) -> None:
    """Change what is named of an author, in pages at once and in mails from the next issue on.

    \b
      newsletter author change ada --bio "Writes about engines."
    """
    from newsletter.publications.authors import AuthorChange

    wanted = AuthorChange(name, avatar, bio, url)
    with opened() as parts:
        _tell(parts.authors.change(the_publication(parts, publication).id, slug, wanted, by=at_machine()), json)


@app.command("list")
def list_all(publication: AnyPublication = "", json: Json = False) -> None:
    """List the authors of a publication.

    \b
      newsletter author list --json
    """
    with opened() as parts:
        found = parts.authors.listed(the_publication(parts, publication).id)
    if json:
        printing.as_json([_values(author) for author in found])
        return
    rows = [(author.slug, author.name, author.url, author.bio) for author in found]
    printing.table(("slug", "name", "url", "bio"), rows, empty="No author yet: `newsletter author add`.")


@app.command()
def remove(slug: Slug, publication: AnyPublication = "", json: Json = False) -> None:
    """Let go of an author's picture and words. Issues that name them keep the name.

    \b
      newsletter author remove ada
    """
    with opened() as parts:
        parts.authors.remove(the_publication(parts, publication).id, slug, by=at_machine())
    if json:
        printing.as_json({"removed": slug})
    else:
        print(printing.safe(f"Removed. Issues by {slug} keep the name."))


def _tell(author: Author, json: bool) -> None:
    if json:
        printing.as_json(_values(author))
    else:
        printing.facts(_values(author).items())


def _values(author: Author) -> dict[str, str]:
    return {"slug": author.slug, "name": author.name, "avatar": author.avatar, "bio": author.bio, "url": author.url}
