"""A converted post as a Document: its headings part it into sections and items, its notes are the last section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from newsletter.issues.moving.placed_headings import PLACE, ConvertedPost, PlacedHeading
from newsletter.issues.moving.posts import ForeignPost, one_line
from newsletter.model import Publication
from newsletter.model.document import Document, Section, SectionKind, TextItem
from newsletter.model.file_limits import MAX_ITEMS, MAX_SECTIONS
from newsletter.model.keys import slugify
from newsletter.rendering.written_text import inline, linked

NOTES = "Notes"
_LONGEST_SECTION, _LONGEST_ITEM = 200, 300
_PICTURES = re.compile(r"\[?!\[[^\[\]]{0,500}\]\([^()\s]{0,2100}\)(?:\]\([^()\s]{0,2100}\))?")
"""A picture, or one that links somewhere: a logo stands above the title of a mail."""
_SMALL = "####"
"""What begins a heading that belongs to the text it stands in."""


@dataclass(frozen=True)
class PostPlace:
    """Where a post comes to stand: its publication, slug and day, and the picture at its head, if any."""

    home: Publication
    slug: str
    day: date
    image: str = ""


def document_of(post: ForeignPost, text: ConvertedPost, place: PostPlace, *, preview: str = "") -> Document:
    """Return a post as a Document. Raises pydantic's ValidationError for what no issue may hold."""
    lead, parts = _parted(post, text)
    sections = [*_sections(parts), *_notes(text.notes, parts)]
    if post.link:
        lead = "\n\n".join(filter(None, (lead, linked("Listen to this episode", post.link))))
    return _whole(post, place, lead, sections, preview)


def words_of(post: ForeignPost, lead: str, place: PostPlace) -> Document:
    """Return a post as a Document of its words alone, which are Markdown."""
    return _whole(post, place, lead, [], "")


def _whole(post: ForeignPost, place: PostPlace, lead: str, sections: Sequence[Section], preview: str) -> Document:
    return Document(
        publication=place.home.slug,
        title=post.title,
        slug=place.slug,
        date=place.day,
        subject=post.subject or post.title,
        author=post.author,
        preheader=post.preheader or preview,
        language=place.home.language,
        image=place.image,
        image_alt=post.image_alt if place.image else "",
        image_caption=inline(post.image_caption) if place.image else "",
        lead=lead,
        sections=tuple(sections),
    )


@dataclass
class _Part:
    """A section or an item that is still being filled."""

    title: str
    url: str = ""
    blocks: list[str] = field(default_factory=list)
    items: list[_Part] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, self.blocks))


def _parted(post: ForeignPost, text: ConvertedPost) -> tuple[str, list[_Part]]:
    """Part a text at its headings: the highest begin sections, the next items, the others stay in the text."""
    first, *rest = PLACE.split(text.text)
    named = [
        (text.headings[int(number)], words_below) for number, words_below in zip(rest[::2], rest[1::2], strict=True)
    ]
    known = {slugify(each) for each in (post.title, post.subject) if each}
    if named and slugify(named[0][0].title) in known and not _PICTURES.sub("", first).strip():
        first = "\n\n".join(
            filter(None, (first.strip("\n"), named[0][0].more, named[0][1].strip("\n")))
        )  # it says the title again
        named = named[1:]
    ranks = {level: rank for rank, level in enumerate(sorted({heading.level for heading, _ in named}))}
    lead, sections = _Part("", blocks=[first.strip("\n")]), list[_Part]()
    for heading, below in named:
        _place(heading, ranks[heading.level], lead, sections).blocks.append(below.strip("\n"))
    return lead.text, sections


def _place(heading: PlacedHeading, rank: int, lead: _Part, sections: list[_Part]) -> _Part:
    """Put a heading where it belongs, and return what the words below it are part of."""
    title = one_line(heading.title)
    items = sum(len(each.items) for each in sections)
    if (rank == 0 or not sections) and len(title) <= _LONGEST_SECTION and len(sections) < MAX_SECTIONS - 1:
        sections.append(_Part(title, blocks=[heading.more]))
        return sections[-1]
    if rank == 1 and sections and len(title) <= _LONGEST_ITEM and items < MAX_ITEMS:
        sections[-1].items.append(_Part(title, blocks=[heading.more]))
        return sections[-1].items[-1]
    around = (sections[-1].items or sections)[-1] if sections else lead
    around.blocks += [f"{'#' * min(6, len(_SMALL) + max(0, rank - 2))} {inline(title)}", heading.more]
    return around


def _sections(parts: Sequence[_Part]) -> Iterator[Section]:
    taken: set[str] = set()
    for part in parts:
        keys: set[str] = set()
        items = [TextItem(title=each.title, key=_free(each.title, keys), body=each.text) for each in part.items]
        yield Section(
            title=part.title, slug=_free(part.title, taken), kind=SectionKind.TEXT, intro=part.text, items=tuple(items)
        )


def _notes(notes: Sequence[str], parts: Sequence[_Part]) -> Iterator[Section]:
    if notes:
        taken = {slugify(part.title) for part in parts}
        yield Section(title=NOTES, slug=_free(NOTES, taken), kind=SectionKind.TEXT, intro="\n\n".join(notes))


def _free(title: str, taken: set[str]) -> str:
    """Return a slug that none of its neighbours has."""
    wanted = slugify(title, limit=70)
    found = next(slug for number in range(1, len(taken) + 2) if (slug := f"{wanted}-{number}" if number > 1 else wanted) not in taken)  # fmt: skip
    taken.add(found)
    return found
