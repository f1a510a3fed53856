"""What rules look at: an issue with the places of its texts in the issue file, its brand, and the mail it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.issues.places import Places, places_of
from newsletter.issues.preflight.prose import prose_of
from newsletter.model.brand import Brand
from newsletter.model.document import Document, ItemBase, TableItem
from newsletter.rendering.footnotes import names_of_notes, without_marks
from newsletter.rendering.images import NO_IMAGES, Images
from newsletter.rendering.renderer import EmailRendering


@dataclass(frozen=True)
class Passage:
    """Some Markdown of an issue: its first line stands on `line` of the issue file."""

    where: str
    line: int
    text: str
    is_block: bool = True
    """Whether it is Markdown of several lines; a cell of a table is not."""

    @cached_property
    def prose(self) -> str:
        """The same text with blanks where code and formulas stand: each character keeps its place."""
        return prose_of(self.text)


@dataclass(frozen=True)
class Line:
    """Plain words of an issue: a title, a field of the front matter, an attribute of a heading."""

    where: str
    line: int
    text: str


@dataclass(frozen=True)
class Inspected:
    """An issue under inspection; without `mail` only what its text shows is looked at."""

    document: Document
    brand: Brand
    mail: EmailRendering | None
    source: str = ""
    """The issue file as typed; empty: as `write_markdown` would write it, and lines are counted in that."""
    from_name: str = ""
    images: Images = field(default_factory=lambda: NO_IMAGES)
    """Those of the publication that the document names."""

    @cached_property
    def places(self) -> Places:
        """Where everything stands in the issue file."""
        return places_of(self.document, self.source)

    @cached_property
    def passages(self) -> list[Passage]:
        """All Markdown of the issue, in its order."""
        return list(self._passages())

    @cached_property
    def lines(self) -> list[Line]:
        """What readers see of the issue that is plain words: titles, names, subject and preheader."""
        return list(self._lines())

    def _lines(self) -> Iterator[Line]:
        document = self.document
        for name in ("title", "author", "preheader", *(["subject"] if document.subject != document.title else [])):
            yield Line(name, self.places.of_field(name), getattr(document, name))
        for section, placed in zip(document.sections, self.places.sections, strict=True):
            yield Line(section.slug, placed.heading, section.title)
        for where, line, item in self.items():
            yield Line(f"{where}, title", line, item.title)
            yield Line(f"{where}, authors", line, getattr(item, "authors", ""))

    def items(self) -> Iterator[tuple[str, int, ItemBase]]:
        """Yield each item with its place in words and the line of its heading."""
        for section, placed in zip(self.document.sections, self.places.sections, strict=True):
            for item, place in zip(section.items, placed.items, strict=True):
                yield f"{section.slug}/{item.key}", place.heading, item

    @cached_property
    def unmailed(self) -> frozenset[str]:
        """The places, in words, of items that are not mailed."""
        return frozenset(where for where, _, item in self.items() if not item.mailed)

    def _passages(self) -> Iterator[Passage]:
        yield Passage("lead", self.places.lead, self.document.lead)
        for section, placed in zip(self.document.sections, self.places.sections, strict=True):
            yield Passage(section.slug, placed.intro, section.intro)
            for item, place in zip(section.items, placed.items, strict=True):
                where = f"{section.slug}/{item.key}"
                yield Passage(where, place.body, item.body)
                if isinstance(item, TableItem):
                    yield from _cells(where, place.table, item)
                    yield Passage(where, place.note, item.note)


def _cells(where: str, line: int, item: TableItem) -> Iterator[Passage]:
    names = names_of_notes((item.body, item.note))  # cells may name the notes of their item
    rows = [tuple(column.title for column in item.columns), *item.rows]
    for number, row in enumerate(rows):
        at = line + number + (number > 0)  # below the head stands the row of dashes
        yield from (Passage(where, at, without_marks(cell, names), is_block=False) for cell in row if cell)
