"""The pictures that an issue file names as values: `image` of the front matter, and `image=` of a section's or an item's heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.errors import DocumentError
from newsletter.issues.front_matter import scalars
from newsletter.issues.headings import read_heading
from newsletter.issues.named_images import NamedImage, headings
from newsletter.issues.source_text import SourceText, read_source

_VALUE = re.compile(r'image=("(?>(?:\\.|[^"\\])*)"|[^\s"{}\\]++)')


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture and where its address stands: from `start` up to `end` on a line, columns from 0, quotes included."""

    image: NamedImage
    start: int
    end: int


def named_pictures(text: str) -> list[PlacedPicture]:
    """Return the pictures of an issue file in their order; of what cannot be read none, for whoever reads it whole will say so."""
    try:
        source = read_source(text, name="issue")
    except DocumentError:
        return []
    return [*_of_front_matter(source), *_of_headings(source, text)]


def with_pictures(text: str, addresses: Mapping[str, str]) -> str:
    """Return the file with other addresses in the place of those in `addresses`, and all else as it was typed."""
    lines = text.split("\n")
    for placed in named_pictures(text):
        new = addresses.get(placed.image.address)
        if new is not None and placed.image.line <= len(lines):
            line = lines[placed.image.line - 1]
            lines[placed.image.line - 1] = line[: placed.start] + new + line[placed.end :]
    return "\n".join(lines)


def _of_front_matter(source: SourceText) -> Iterator[PlacedPicture]:
    try:
        found = scalars(source)
    except DocumentError:
        return
    if "image" in found and (value := found["image"]).start[0] == value.end[0] and value.words:
        alt = found["image-alt"].words if "image-alt" in found else ""
        image = NamedImage(_address(value.words), value.start[0] + 1, alt)
        yield PlacedPicture(image, value.start[1], value.end[1])


def _of_headings(source: SourceText, text: str) -> Iterator[PlacedPicture]:
    for line, content in headings(text):
        try:
            heading = read_heading(source, line, content)
        except (DocumentError, IndexError):
            continue
        value = heading.attributes.get("image", "")
        found = _VALUE.match(source.lines[line], heading.columns["image"]) if value else None
        if found:
            image = NamedImage(_address(value), line + 1, heading.attributes.get("image-alt", ""))
            yield PlacedPicture(image, *found.span(1))


def _address(value: str) -> str:
    """Return a value as Markdown would write it as an address: the name of a file may hold blanks and percent signs."""
    return value if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*+:|/", value) else quote(value)
