"""The options that several commands of `newsletter source` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, kinds

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.model import Source

MOST_MAPPING = 100_000

Which = Annotated[str, typer.Argument(metavar="SOURCE", help="A source by its name or its number.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Where it is asked, such as https://example.org/feed.")]
Section = Annotated[
    str, typer.Option(metavar="SLUG", help="Section that it fills; one that is not in the plan is added to it.")
]
Kind = Annotated[kinds.SourceKind | None, typer.Option(help="What it answers with; without it told by the address.")]
Name = Annotated[str, typer.Option(help="How items name it; without it its host.")]
MappingFile = Annotated[
    str,
    typer.Option("--mapping", metavar="FILE", help="JSON that says what rows and columns are; - is standard input."),
]
Header = Annotated[str, typer.Option(metavar="NAME", help="Header that carries a secret, such as x-api-key.")]
Secret = Annotated[
    str, typer.Option(metavar="NAME", help="Name of that secret's file in NEWSLETTER_SOURCE_SECRETS_DIR.")
]
PlainHttp = Annotated[
    bool, typer.Option("--plain-http", help="Ask by http: a server that has nothing better; anybody may change it.")
]
Weight = Annotated[int, typer.Option(min=0, max=10, help="How much its word counts in the ranking.")]
Most = Annotated[int, typer.Option(min=1, max=500, help="So many things of one answer are taken.")]
KeepDays = Annotated[int, typer.Option(min=1, max=365, help="Older things are no news.")]
Every = Annotated[
    int, typer.Option("--every", metavar="MINUTES", help="A pace of its own; 0: at the publication's hour.")
]
Wished = Annotated[
    list[str], typer.Option(metavar="WORD", help="Category or topic that is wished for; again for each.")
]


def mapping_in(file: str) -> dict[str, Any]:
    """Return the mapping in a file. Raises InputError for what is no JSON object."""
    from newsletter.sources.mapped_kinds import read_mapping

    return read_mapping(files.read_at_most(file, MOST_MAPPING), where=file)


def the_source(parts: Parts, publication_id: int, word: str) -> Source:
    """Return the source that a word names. Raises NotFoundError."""
    from newsletter.sources import listing

    return listing.named(parts.database, publication_id, word)
