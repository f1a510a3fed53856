"""The Document: an issue's content as typed data. Every output is rendered from it, so outputs cannot differ.

Bodies, leads and descriptions are Markdown (CommonMark with tables); everything else is plain text. The file format is
in docs/issue-format.md; reading and writing it is `newsletter.issues.parsing` and `newsletter.issues.writing`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?$"
Slug = Annotated[str, Field(pattern=SLUG)]
Line = Annotated[str, Field(pattern=r"^[^\r\n\x00]*$", max_length=1000)]
"""Plain text on one line: it may become a header, so it holds no CR, LF or NUL."""


class SectionKind(StrEnum):
    """What the items of a section are."""

    LINKS = "links"
    PAPERS = "papers"
    TABLES = "tables"
    REPOSITORIES = "repositories"
    TEXT = "text"


class Align(StrEnum):
    """How a table column is aligned."""

    NONE = "none"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Model(BaseModel):
    """Frozen, and unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemBase(Model):
    """What every item has. `key` is unique in its section and stands in the permalink."""

    key: Slug
    title: Line
    url: str = ""
    body: str = ""
    """Markdown."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """Attributes of the heading that have no field of their own, kept as written."""
    explicit_key: bool = False
    """Whether the file names the key (`{#key}`) or it was derived."""


class LinkItem(ItemBase):
    """A story somewhere else."""

    kind: Literal["links"] = "links"
    source: Line = ""
    """Who published it."""
    published: dt.date | None = None


class PaperItem(ItemBase):
    """A research paper; `body` is its abstract."""

    kind: Literal["papers"] = "papers"
    category: Line = ""
    """Such as cs.CL."""
    authors: Line = ""
    published: dt.date | None = None


class Column(Model):
    """A table column; `title` and the cells are Markdown of one line."""

    title: str
    align: Align = Align.NONE


class TableItem(ItemBase):
    """A table; `body` stands above it, `note` below it (both Markdown)."""

    kind: Literal["tables"] = "tables"
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


class RepositoryItem(ItemBase):
    """A source repository."""

    kind: Literal["repositories"] = "repositories"
    language: Line = ""
    stars: int | None = None
    stars_today: int | None = None


class TextItem(ItemBase):
    """A piece of writing."""

    kind: Literal["text"] = "text"


Item = Annotated[LinkItem | PaperItem | TableItem | RepositoryItem | TextItem, Field(discriminator="kind")]


class Section(Model):
    """A run of items of one kind under a heading; `intro` is Markdown that stands before the first item."""

    title: Line
    slug: Slug
    kind: SectionKind
    all_title: Line = ""
    """Words of the link to the section's page in the archive; empty: no such link."""
    intro: str = ""
    items: tuple[Item, ...] = ()
    attributes: dict[str, str] = Field(default_factory=dict)


class Document(Model):
    """A whole issue. `lead` is Markdown and may be empty; section slugs are unique."""

    publication: Slug
    title: Line
    slug: Slug
    date: dt.date
    subject: Line
    author: Line = ""
    preheader: Line = ""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    lead: str = ""
    sections: tuple[Section, ...] = ()
