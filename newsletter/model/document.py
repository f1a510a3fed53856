"""The Document: an issue's content as typed data. Every output is rendered from it, so outputs cannot differ.

Bodies, leads and notes are Markdown (CommonMark with tables); everything else is plain text. The file format is
in docs/issue-format.md; `newsletter.issues.parsing` reads it, `newsletter.rendering.markdown_file` writes it.
Any Document that can be constructed can be written to a file and read back equal to itself.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from newsletter.model.figures import wrong_bars, wrong_change
from newsletter.model.fragments import check_fragment
from newsletter.model.keys import natural_key
from newsletter.model.texts import (
    LANGUAGE,
    SLUG,
    Attributes,
    Category,
    Cell,
    Count,
    Label,
    LeadMarkdown,
    Line,
    Markdown,
    PictureUrl,
    SectionSlug,
    ShortTitle,
    Slug,
    Title,
    Url,
)


class SectionKind(StrEnum):
    """What the items of a section are."""

    LINKS = "links"
    PAPERS = "papers"
    TABLES = "tables"
    REPOSITORIES = "repositories"
    TEXT = "text"
    SPONSOR = "sponsor"


class Align(StrEnum):
    """How a table column is aligned."""

    NONE = "none"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Model(BaseModel):
    """Frozen, and unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Pictured(Model):
    """What may have a picture at its head."""

    image: PictureUrl = ""
    image_alt: Line = ""
    """What the picture shows, for those who do not see it; plain text."""
    image_caption: Line = ""
    """Markdown of one line below the picture, such as who made it."""


PICTURE_ATTRIBUTES = {"image": "image", "image-alt": "image_alt", "image-caption": "image_caption"}
_OF_EVERY_ITEM = {**PICTURE_ATTRIBUTES, "mail": "mailed"}


class ItemBase(Pictured):
    """What every item has. `key` is unique in its section and stands in the permalink; left out, it is derived."""

    heading_attributes: ClassVar[dict[str, str]] = _OF_EVERY_ITEM
    """Attributes of the heading that have a field of their own: name in the file -> name of the field."""
    once_kept: ClassVar[frozenset[str]] = frozenset(_OF_EVERY_ITEM)
    """Those that had none in former releases: what was stored then holds them among `attributes`."""

    key: Annotated[str, Field(pattern=SLUG.replace("^", "^(?:", 1).replace("$", ")?$"))] = ""
    title: Title
    url: Url = ""
    body: Markdown = ""
    """Markdown."""
    attributes: Attributes = Field(default_factory=dict)
    """Attributes of the heading that have no field of their own, kept as written."""
    explicit_key: bool = False
    """Whether the file names the key (`{#key}`) or it was derived."""
    mailed: bool = True
    """Whether it stands in mail, text, feeds and the issue's page; else in the archive's pages of its section alone (`{mail=no}`)."""

    @model_validator(mode="wrap")
    @classmethod
    def _read_former(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read what a former release stored: a picture moves to its fields, what does not fit goes, for no output showed it."""
        given = data.get("attributes") if isinstance(data, dict) else None
        if not isinstance(given, dict) or not (kept := given.keys() & cls.once_kept):
            return handler(data)
        rest = {**data, "attributes": {name: value for name, value in given.items() if name not in kept}}
        try:
            return handler(
                {**{PICTURE_ATTRIBUTES[name]: given[name] for name in kept & PICTURE_ATTRIBUTES.keys()}, **rest}
            )
        except ValidationError:
            return handler(rest)

    @model_validator(mode="after")
    def _settle_key(self) -> Self:
        derived = natural_key(getattr(self, "kind", ""), self.title, self.url)
        if not self.key:
            self.__dict__.update(key=derived, explicit_key=False)
        elif self.key != derived:
            self.__dict__["explicit_key"] = True  # only a name in the file can bring it back
        if taken := self.attributes.keys() & self.heading_attributes.keys():
            raise ValueError(f"attribute {min(taken)} has a field of its own")
        return self


class LinkItem(ItemBase):
    """A story somewhere else."""

    heading_attributes = {"source": "source", "published": "published", **_OF_EVERY_ITEM}

    kind: Literal["links"] = "links"
    source: Line = ""
    """Who published it."""
    published: dt.date | None = None


class PaperItem(ItemBase):
    """A research paper; `body` is its abstract."""

    heading_attributes = {"category": "category", "authors": "authors", "published": "published", **_OF_EVERY_ITEM}

    kind: Literal["papers"] = "papers"
    category: Category = ""
    """Such as cs.CL."""
    authors: Line = ""
    published: dt.date | None = None


class Column(Model):
    """A table column; `title` and the cells are Markdown of one line."""

    title: Cell
    align: Align = Align.NONE


class TableItem(ItemBase):
    """A table; `body` stands above it, `note` below it (both Markdown)."""

    heading_attributes = {"bars": "bars", "best": "best", "change": "change", **_OF_EVERY_ITEM}
    once_kept = frozenset({"bars", "best", "change", *_OF_EVERY_ITEM})

    kind: Literal["tables"] = "tables"
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: Markdown = ""
    bars: Label = ""
    """Title of the column whose figures are drawn as bars from zero; empty: none."""
    best: Literal["", "highest", "lowest"] = ""
    """Which figure of that column leads; empty: the highest."""
    change: Label = ""
    """Title of the column beside which stands how its figures changed since the last issue; empty: none."""

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells, the table has {len(self.columns)} columns")
        check_fragment(self.body, levels=("##", "###"), tables=False)
        if wrong := wrong_bars([column.title for column in self.columns], self.rows, self.bars, self.best):
            raise ValueError(wrong)
        if wrong := wrong_change([column.title for column in self.columns], self.change):
            raise ValueError(wrong)
        return self


class RepositoryItem(ItemBase):
    """A source repository."""

    heading_attributes = {"language": "language", "stars": "stars", "stars-today": "stars_today", **_OF_EVERY_ITEM}

    kind: Literal["repositories"] = "repositories"
    language: Line = ""
    stars: Count | None = None
    stars_today: Count | None = None


class TextItem(ItemBase):
    """A piece of writing."""

    kind: Literal["text"] = "text"


class SponsorItem(ItemBase):
    """Words that somebody paid for; marked as such in every output."""

    heading_attributes = {"sponsor": "sponsor", **_OF_EVERY_ITEM}
    kind: Literal["sponsor"] = "sponsor"
    sponsor: Line = ""
    """Who paid."""


Item = Annotated[
    LinkItem | PaperItem | TableItem | RepositoryItem | TextItem | SponsorItem, Field(discriminator="kind")
]


def _first_repeated(names: list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


class Section(Model):
    """A run of items of one kind under a heading; `intro` is Markdown that stands before the first item."""

    title: ShortTitle
    slug: SectionSlug
    kind: SectionKind
    all_title: Label = ""
    """Words of the link to the section's page in the archive; empty: no such link."""
    intro: Markdown = ""
    items: tuple[Item, ...] = ()
    attributes: Attributes = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if wrong := next((item for item in self.items if item.kind != self.kind), None):
            raise ValueError(f"item {wrong.key} is of kind {wrong.kind}, its section of kind {self.kind}")
        if len(keys := {item.key for item in self.items}) < len(self.items):
            repeated = _first_repeated([item.key for item in self.items])
            raise ValueError(f"two of {len(self.items)} items share the key {repeated} ({len(keys)} are different)")
        if taken := self.attributes.keys() & {"kind", "all"}:
            raise ValueError(f"attribute {min(taken)} has a field of its own")
        return self

    @property
    def mailed_items(self) -> tuple[Item, ...]:
        """The items that are mailed; the others stand in the archive's page of the section alone."""
        return tuple(item for item in self.items if item.mailed)


class Document(Pictured):
    """A whole issue. `lead` is Markdown and may be empty; section slugs are unique."""

    publication: Slug
    title: Title
    slug: Slug
    date: dt.date
    subject: Title
    author: Line = ""
    """Who wrote it: names, or slugs of the publication's authors, with commas between."""
    preheader: Line = ""
    poll: Line = ""
    """The question that readers answer with a thumb up or down: `yes` is the usual one; empty: none is asked."""
    language: Annotated[str, Field(pattern=LANGUAGE)] = "en"
    lead: LeadMarkdown = ""
    sections: tuple[Section, ...] = ()

    @model_validator(mode="after")
    def _sections_differ(self) -> Self:
        if repeated := _first_repeated([section.slug for section in self.sections]):
            raise ValueError(f"two sections share the slug {repeated}")
        return self

    def as_mailed(self) -> Document:
        """Return the document without the items that are not mailed: what mail, text, feeds and the issue's page show."""
        if all(item.mailed for section in self.sections for item in section.items):
            return self
        sections = (section.model_copy(update={"items": section.mailed_items}) for section in self.sections)
        return self.model_copy(update={"sections": tuple(sections)})


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a Document; docs/issue.schema.json is a copy of it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
