"""Where the parts of an issue stand in its file: the line of each heading, text and table, from 1.

A file is read forward with the Document that was read from it. Texts stand there as they are in the Document, so that their lines
are counted and not searched, and a heading inside somebody's code is no heading here either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.model.document import Document, Item, Section, TableItem
from newsletter.rendering.markdown_file import write_markdown

_FIELD = re.compile(r"\s*[\"']?([a-z]+)[\"']?\s*:")
_HEADING = {2: re.compile(r" {0,3}##(?!#)"), 3: re.compile(r" {0,3}###(?!#)")}


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Lines of an item: its heading, and where its texts and its table begin; what it lacks stands at its heading."""

    heading: int
    body: int
    table: int
    note: int


@dataclass(frozen=True, slots=True)
class SectionPlace:
    """Lines of a section."""

    heading: int
    intro: int
    items: tuple[ItemPlace, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Lines of an issue file, and the file they are counted in."""

    text: str
    fields: dict[str, int]
    lead: int
    sections: tuple[SectionPlace, ...]

    def of_field(self, name: str) -> int:
        """Return the line of a field of the front matter; where the file leaves it out, the first."""
        return self.fields.get(name, 1)

    @property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.split("\n")


class _ElsewhereError(Exception):
    """The text is not that of the Document."""


def places_of(document: Document, source: str = "") -> Places:
    """Return where the parts of `document` stand in `source`, the file it was read from.

    Where that is empty, or is another's text, they are counted in the canonical file (`write_markdown`).
    """
    for text in (source, ""):
        try:
            return _read(document, _lines_of(text or write_markdown(document)))
        except _ElsewhereError:
            continue
    raise AssertionError("a canonical file holds its document")


def _lines_of(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read(document: Document, lines: list[str]) -> Places:
    if lines[0].rstrip() != "---":
        raise _ElsewhereError
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        raise _ElsewhereError
    walk = _Walk(lines, end + 1)
    lead = walk.text(document.lead)
    sections = tuple(_section(walk, section) for section in document.sections)
    return Places("\n".join(lines), dict(_fields(lines[:end])), lead or 1, sections)


def _fields(lines: list[str]) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(lines, 1):
        if found := _FIELD.match(line):
            yield found[1], number


def _section(walk: _Walk, section: Section) -> SectionPlace:
    heading = walk.heading(2)
    intro = walk.text(section.intro)
    return SectionPlace(heading, intro or heading, tuple(_item(walk, item) for item in section.items))


def _item(walk: _Walk, item: Item) -> ItemPlace:
    heading = walk.heading(3)
    body = walk.text(item.body)
    if not isinstance(item, TableItem):
        return ItemPlace(heading, body or heading, heading, heading)
    table = walk.skip(len(item.rows) + 2)
    note = walk.text(item.note)
    return ItemPlace(heading, body or heading, table, note or heading)


@dataclass(slots=True)
class _Walk:
    """A place that moves forward through the lines of a file, which it counts from 0."""

    lines: list[str]
    at: int

    def heading(self, level: int) -> int:
        """Go past the heading that comes next, and return its line."""
        line = self.skip(1)
        if not _HEADING[level].match(self.lines[line - 1]):
            raise _ElsewhereError
        return line

    def text(self, text: str) -> int:
        """Go past a text, and return the line it begins on; 0 for none."""
        if not text:
            return 0
        count = text.count("\n") + 1
        line = self.skip(count)
        if self.lines[line - 1] != text.partition("\n")[0]:
            raise _ElsewhereError
        return line

    def skip(self, count: int) -> int:
        """Go past blank lines and `count` others, and return the line of the first of these."""
        while self.at < len(self.lines) and not self.lines[self.at].strip(" \t"):
            self.at += 1
        if self.at + count > len(self.lines):
            raise _ElsewhereError
        self.at += count
        return self.at - count + 1
