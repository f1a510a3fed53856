"""`newsletter publication`: create, change, list and show publications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import kinds, printing
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import named_publication, the_publication
from newsletter.cli.commands import publication_look as look
from newsletter.cli.opening import opened
from newsletter.cli.options import Json

if TYPE_CHECKING:
    from newsletter.model import Publication

app = typer.Typer(name="publication", help="Create, change, list and show publications.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Short name in addresses: a-z, 0-9 and hyphens.")]
Name = Annotated[str, typer.Option("--name", help="Name readers see.")]
From = Annotated[str, typer.Option("--from", metavar="ADDR", help="Address the mail comes from.")]
FromName = Annotated[str, typer.Option(help="Name beside the From address; without it the publication's name.")]
Description = Annotated[str, typer.Option(help="One sentence for the archive and the subscribe form.")]
PostalAddress = Annotated[str, typer.Option(help="Postal address in the footer; commercial mail must show one.")]
Language = Annotated[
    str, typer.Option(help="Language of the publication (BCP 47), such as en or de-AT; without it en.")
]
TimeZone = Annotated[
    str,
    typer.Option(
        metavar="ZONE",
        help="Where its days begin and end, such as Europe/Vienna: one issue is sent a day; without it UTC.",
    ),
]
Accent = Annotated[str, typer.Option(metavar="#RRGGBB", help="Brand colour of links and headings.")]
Uncertain = Annotated[
    kinds.Uncertain | None,
    typer.Option(
        help="What happens to a delivery whose acceptance is not known after a crash; `setting` is what NEWSLETTER_UNCERTAIN says."
    ),
]
ReplyTo = Annotated[str, typer.Option(metavar="ADDR", help="Where readers' answers go, when not to From.")]
Welcomes = Annotated[
    bool | None,
    typer.Option(
        "--welcome/--no-welcome",
        help="Whether who confirms gets one mail of welcome, as readers of a new publication do.",
    ),
]


FourEyes = Annotated[
    kinds.OnOff | None,
    typer.Option(
        "--four-eyes", help="Whether a second person must approve an issue, as it stands, before it can be sent."
    ),
]
GatherAt = Annotated[
    str,
    typer.Option(
        metavar="HH:MM", help='When its sources are asked each day and a draft is assembled; "" is only by hand.'
    ),
]


@app.command()
def create(
    slug: Slug,
    name: Name,
    from_address: From,
    from_name: FromName = "",
    description: Description = "",
    postal_address: PostalAddress = "",
    language: Language = "",
    time_zone: TimeZone = "",
    accent: Accent = "",
    reply_to: ReplyTo = "",
    uncertain: Uncertain = None,
    welcomes: Welcomes = None,
    json: Json = False,
) -> None:
    """Create a publication.

    \b
      newsletter publication create daily --name "The Daily" --from news@example.org \\
          --postal-address "1 Example Street, Exampleton"
    """
    from newsletter.publications.creating import NewPublication

    wanted = NewPublication(
        slug=slug,
        name=name,
        from_address=from_address,
        from_name=from_name,
        description=description,
        postal_address=postal_address,
        language=language,
        time_zone=time_zone,
        accent=accent,
        reply_to=reply_to,
        uncertain=uncertain.value if uncertain else "setting",
        welcomes=welcomes is not False,
    )
    with opened() as parts:
        publication = parts.creating.create(wanted, by=at_machine())
        _tell(publication, parts.settings.base_url, json)


@app.command()
def change(
    context: typer.Context,
    slug: Slug,
    name: Name = "",
    from_address: From = "",
    from_name: FromName = "",
    description: Description = "",
    postal_address: PostalAddress = "",
    language: Language = "",
    time_zone: TimeZone = "",
    accent: Accent = "",
    reply_to: ReplyTo = "",
    uncertain: Uncertain = None,
    welcomes: Welcomes = None,
    four_eyes: FourEyes = None,
    tagline: look.Tagline = "",
    footer: look.Footer = "",
    font: look.Font = None,
    social: look.Social = [],  # noqa: B006 - Typer makes a new one for each call
    sponsor_label: look.SponsorLabel = "",
    gather_at: GatherAt = "",
    typographer: look.Typographer = None,
    logo: look.LogoFile = "",
    logo_dark: look.LogoDark = "",
    json: Json = False,
) -> None:
    """Change a publication; what is not named stays as it is, and what is named as "" is emptied.

    \b
      newsletter publication change daily --accent "#8b1f5f" --font sans
      newsletter publication change daily --uncertain resend --time-zone America/New_York
      newsletter publication change daily --no-welcome --four-eyes on
      newsletter publication change daily --gather-at 05:30
      newsletter publication change daily --logo logo.png --logo-dark logo-dark.png
      newsletter publication change daily --tagline "Every weekday at seven" \\
          --social Mastodon=https://example.social/@daily --footer "Written in [Exampleton](https://example.org)."
    """
    from newsletter.publications.creating import PublicationChange

    named = look.named(context)
    with opened() as parts:
        publication_id = named_publication(parts, slug).id
        wanted = PublicationChange(**look.with_logo(parts, publication_id, named))
        changed = parts.creating.change(publication_id, wanted, by=at_machine())
        _tell(changed, parts.settings.base_url, json)


@app.command()
def rename(
    slug: Slug,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new slug.")],
    json: Json = False,
) -> None:
    """Give a publication another slug. Its old addresses lead to the new ones; its List-Id stays, so that filters of readers work on.

    \b
      newsletter publication rename daily morning
    """
    with opened() as parts:
        renamed = parts.renaming.rename_publication(named_publication(parts, slug).id, new, by=at_machine())
        _tell(renamed, parts.settings.base_url, json)


app.command()(look.preview)
app.command()(look.lint)


@app.command("list")
def list_all(json: Json = False) -> None:
    """List the publications of this service.

    \b
      newsletter publication list --json
    """
    from newsletter.issues.addressing import every_publication

    with opened() as parts:
        found = every_publication(parts.database)
        if json:
            printing.as_json([_values(publication, parts.settings.base_url) for publication in found])
            return
    rows = [(p.slug, p.name, p.from_address, p.language) for p in found]
    printing.table(
        ("slug", "name", "from", "language"), rows, empty="No publication yet: `newsletter publication create`."
    )


@app.command()
def show(slug: Slug, json: Json = False) -> None:
    """Show one publication: its addresses, brand and archive.

    \b
      newsletter publication show daily
    """
    with opened() as parts:
        _tell(the_publication(parts, slug), parts.settings.base_url, json)


def _tell(publication: Publication, base_url: str, json: bool) -> None:
    values = _values(publication, base_url)
    if json:
        printing.as_json(values)
    else:
        printing.facts((name.replace("_", " "), _word(value)) for name, value in values.items())


def _word(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else value


def _values(publication: Publication, base_url: str) -> dict[str, Any]:
    from newsletter.model.brand import brand_of

    brand = brand_of(publication, base_url)
    return {
        "slug": publication.slug,
        "name": publication.name,
        "description": publication.description,
        "from_name": publication.from_name,
        "from_address": publication.from_address,
        "reply_to": publication.reply_to,
        "list_id": publication.list_id,
        "language": publication.language,
        "time_zone": publication.time_zone,
        "postal_address": publication.postal_address,
        "accent": publication.accent,
        "uncertain": publication.uncertain or "setting",
        "welcomes": publication.welcomes,
        "four_eyes": publication.four_eyes,
        "gather_at": publication.gather_at,
        **look.values(brand),
        "archive": brand.home,
        "subscribe": brand.subscribe_url,
        "feed": brand.feed_url,
    }
