"""The Document: an issue's content as typed data. Every output is rendered from it, so outputs cannot differ.

Bodies, leads and notes are Markdown (CommonMark with tables); everything else is plain text. The file format is
in docs/issue-format.md; `newsletter.issues.parsing` reads it, `newsletter.rendering.markdown_file` writes it.
Any Document that can be constructed can be written to a file and read back equal to itself.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from newsletter.model.fragments import check_fragment, trim
from newsletter.model.keys import natural_key

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?$"
SECTION_SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$"
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*$"
URL = r"^(?:(?:[hH][tT][tT][pP][sS]?://[^\s<>\"\\/?#\x00-\x1f\x7f-\x9f][^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*)|(?:[mM][aA][iI][lL][tT][oO]:[^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+))?$"
ATTRIBUTE = r"^[a-z][a-z0-9-]{0,39}$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _tabs_to_spaces(value: Any) -> Any:
    return value.replace("\t", " ") if isinstance(value, str) else value


def _lead(value: str) -> str:
    check_fragment(text := trim(value), levels=("##",))
    return text


def _body(value: str) -> str:
    check_fragment(text := trim(value), levels=("##", "###"))
    return text


_ONE_LINE = BeforeValidator(_tabs_to_spaces)
Slug = Annotated[str, Field(pattern=SLUG)]
SectionSlug = Annotated[str, Field(pattern=SECTION_SLUG)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=1000), _ONE_LINE]
"""Plain text on one line: it may become a header, so it holds no CR, LF or other control character."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, min_length=1, max_length=300), _ONE_LINE]
ShortTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=LINE, min_length=1, max_length=200), _ONE_LINE
]
Label = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=200), _ONE_LINE]
Cell = Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=2000), _ONE_LINE]
"""Markdown of one line."""
Url = Annotated[str, Field(pattern=URL, max_length=2048)]
"""An http, https or mailto address, or nothing."""
Count = Annotated[int, Field(ge=0, le=10**12)]
Attributes = Annotated[dict[Annotated[str, Field(pattern=ATTRIBUTE)], Line], Field(max_length=24)]
LeadMarkdown = Annotated[str, AfterValidator(_lead)]
Markdown = Annotated[str, AfterValidator(_body)]
"""Markdown that holds no heading `##` or `###` of its own and closes every block it opens."""


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
    """What every item has. `key` is unique in its section and stands in the permalink; left out, it is derived."""

    heading_attributes: ClassVar[dict[str, str]] = {}
    """Attributes of the heading that have a field of their own: name in the file -> name of the field."""

    key: Annotated[str, Field(pattern=SLUG.replace("^", "^(?:", 1).replace("$", ")?$"))] = ""
    title: Title
    url: Url = ""
    body: Markdown = ""
    """Markdown."""
    attributes: Attributes = Field(default_factory=dict)
    """Attributes of the heading that have no field of their own, kept as written."""
    explicit_key: bool = False
    """Whether the file names the key (`{#key}`) or it was derived."""

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

    heading_attributes = {"source": "source", "published": "published"}

    kind: Literal["links"] = "links"
    source: Line = ""
    """Who published it."""
    published: dt.date | None = None


class PaperItem(ItemBase):
    """A research paper; `body` is its abstract."""

    heading_attributes = {"category": "category", "authors": "authors", "published": "published"}

    kind: Literal["papers"] = "papers"
    category: Annotated[str, StringConstraints(strip_whitespace=True, pattern=LINE, max_length=80), _ONE_LINE] = ""
    """Such as cs.CL."""
    authors: Line = ""
    published: dt.date | None = None


class Column(Model):
    """A table column; `title` and the cells are Markdown of one line."""

    title: Cell
    align: Align = Align.NONE


class TableItem(ItemBase):
    """A table; `body` stands above it, `note` below it (both Markdown)."""

    kind: Literal["tables"] = "tables"
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[tuple[Cell, ...], ...] = ()
    note: Markdown = ""

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells, the table has {len(self.columns)} columns")
        check_fragment(self.body, levels=("##", "###"), tables=False)
        return self


class RepositoryItem(ItemBase):
    """A source repository."""

    heading_attributes = {"language": "language", "stars": "stars", "stars-today": "stars_today"}

    kind: Literal["repositories"] = "repositories"
    language: Line = ""
    stars: Count | None = None
    stars_today: Count | None = None


class TextItem(ItemBase):
    """A piece of writing."""

    kind: Literal["text"] = "text"


Item = Annotated[LinkItem | PaperItem | TableItem | RepositoryItem | TextItem, Field(discriminator="kind")]


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


class Document(Model):
    """A whole issue. `lead` is Markdown and may be empty; section slugs are unique."""

    publication: Slug
    title: Title
    slug: Slug
    date: dt.date
    subject: Title
    author: Line = ""
    preheader: Line = ""
    language: Annotated[str, Field(pattern=LANGUAGE)] = "en"
    lead: LeadMarkdown = ""
    sections: tuple[Section, ...] = ()

    @model_validator(mode="after")
    def _sections_differ(self) -> Self:
        if repeated := _first_repeated([section.slug for section in self.sections]):
            raise ValueError(f"two sections share the slug {repeated}")
        return self


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a Document; docs/issue.schema.json is a copy of it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
