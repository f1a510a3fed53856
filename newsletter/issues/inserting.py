"""Put items and sections into an issue file between the lines that stand there, of which none is changed.

What is read afterwards is compared with what it should be: the same issue with those items after the others of their sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from newsletter.errors import ConflictError
from newsletter.issues.parsing import parse_issue
from newsletter.issues.places import Places, places_of
from newsletter.model.addition import Addition
from newsletter.model.document import Document
from newsletter.rendering.markdown_file import write_item, write_section

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_MOST_HEAD = 8_000
"""Characters of front matter from which on no note is added: it has an end, and people write there, too."""


def inserted(text: str, document: Document, additions: Sequence[Addition], note: str = "") -> str:
    """Return the file `text`, of which `document` was read, with these items and sections, and `note` as a comment of its front matter.

    Raises ConflictError when what is read of the new file is not the issue with just these additions.
    """
    lines = _LINE.findall(text)
    places = places_of(document, text)
    if places.lines != _plain(lines):
        raise _lost(document.slug)
    end = lines[0][len(lines[0].rstrip("\r\n")) :] or "\n"
    blocks = _blocks(document, additions, places, len(lines))
    for place in sorted(blocks, reverse=True):
        lines[place:place] = _with_space(lines, place, "\n\n".join(blocks[place]), end)
    if note and places.text.find("\n---", 3) < _MOST_HEAD:
        lines.insert(1, f"# {note}{end}")
    new = "".join(lines)
    if parse_issue(new) != with_additions(document, additions):
        raise _lost(document.slug)
    return new


def with_additions(document: Document, additions: Sequence[Addition]) -> Document:
    """Return a document with these items and sections."""
    sections = list(document.sections)
    for addition in additions:
        slugs = [section.slug for section in sections]
        if addition.section.slug in slugs:
            place = slugs.index(addition.section.slug)
            items = (*sections[place].items, *addition.section.items)
            sections[place] = sections[place].model_copy(update={"items": items})
        else:
            sections.insert(_before(slugs, addition.before), addition.section)
    return document.model_copy(update={"sections": tuple(sections)})


def _plain(lines: Iterable[str]) -> list[str]:
    joined = "".join(lines).removeprefix("\ufeff")
    return joined.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _before(slugs: Sequence[str], wanted: Sequence[str]) -> int:
    return next((slugs.index(slug) for slug in wanted if slug in slugs), len(slugs))


def _blocks(document: Document, additions: Sequence[Addition], places: Places, end: int) -> dict[int, list[str]]:
    """Return what is to be put before which line, counted from 0: items first, for they belong to the section above."""
    slugs = [section.slug for section in document.sections]
    starts = [*(section.heading - 1 for section in places.sections), end]
    items: dict[int, list[str]] = {}
    sections: dict[int, list[str]] = {}
    for addition in additions:
        section = addition.section
        if section.slug in slugs:
            items.setdefault(starts[slugs.index(section.slug) + 1], []).extend(map(write_item, section.items))
        else:
            sections.setdefault(starts[_before(slugs, addition.before)], []).append(write_section(section))
    return {place: items.get(place, []) + sections.get(place, []) for place in items.keys() | sections.keys()}


def _with_space(lines: Sequence[str], place: int, block: str, end: str) -> list[str]:
    """Return the lines of a block with an empty one before it, and behind it unless the file ends there."""
    before = lines[place - 1]
    opening = ([] if before.endswith(("\n", "\r")) else [end]) + ([end] if before.strip() else [])
    closing = [end] if place < len(lines) else []
    return [*opening, *(f"{line}{end}" for line in block.split("\n")), *closing]


def _lost(slug: str) -> ConflictError:
    return ConflictError(
        f"the text of {slug!r} cannot be followed, so nothing is put into it",
        remedy="save it once at the desk, or put the items in by hand",
    )
