"""Read an issue file: Markdown with YAML front matter and typed sections. The format is in docs/issue-format.md."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token
from pydantic import ValidationError

from newsletter.errors import DocumentError
from newsletter.issues.front_matter import read_front_matter
from newsletter.issues.headings import Heading, read_heading
from newsletter.issues.items import read_item, refused
from newsletter.issues.links import check_brackets, check_links, read_blocks
from newsletter.issues.source_text import SourceText, read_source
from newsletter.issues.tables import check_nested_tables, read_table
from newsletter.model.document import Document, ItemBase, Section, SectionKind
from newsletter.model.file_limits import MAX_ITEMS, MAX_OCTETS, MAX_SECTIONS
from newsletter.model.fragments import MAX_NESTING, is_structure, unclosed_line
from newsletter.model.keys import slugify
from newsletter.model.texts import SECTION_SLUG

MAX_TABLES = 2_000
MAX_NESTING_WORK = 100_000
"""Deepest quote or list of the file times its lines: reading takes up to about 20 microseconds each."""
_MARKERS = re.compile(r"(?:[ \t]*(?:>|[*+-](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])))+")


@dataclass(frozen=True, slots=True)
class Outline:
    """The structural headings of the file in order, each with its level (2 or 3), and its top-level tables."""

    headings: list[tuple[int, Heading]]
    tables: list[tuple[int, Token]]
    first: int
    end: int

    def end_of(self, place: int) -> int:
        """Return the line (exclusive) where the text below heading `place` ends; place -1 is the lead."""
        return self.headings[place + 1][1].line if place + 1 < len(self.headings) else self.end


def parse_issue(
    text: str | bytes, *, source: str = "issue", limit: int = MAX_OCTETS, names_files: bool = False
) -> Document:
    """Return the Document in `text`, a file of at most `limit` octets; `source` is its name in errors.

    Its pictures have addresses; where it `names_files`, they may be files beside it.

    Raises DocumentError with line, column and remedy; never anything else.
    """
    read = read_source(text, name=source, limit=limit)
    fields, first = read_front_matter(read)
    outline = _read_outline(read, first, names_files=names_files)
    lead = read.slice(first, outline.end_of(-1))
    sections = _read_sections(read, outline)
    try:
        return Document(**fields, lead=lead, sections=sections)
    except ValidationError as wrong:
        raise refused(read, first, 0, wrong) from None


def _read_outline(source: SourceText, first: int, *, names_files: bool) -> Outline:
    """Find the headings and tables after line `first`, and refuse what no output could hold."""
    _check_markers(source, first)
    end = len(source.lines)
    probe = source.slice(first, end) + "\n\n## end"  # found only if every block before it is closed
    tokens, environment = read_blocks(probe)
    _check_structure(source, tokens, first, probe.count("\n"))
    tokens = tokens[:-3]
    headings = _read_headings(source, tokens, first)
    structural = {heading.line - first for _, heading in headings}
    prose = [token for token in tokens if not (token.map and token.map[0] in structural)]
    check_brackets(source, prose, first)
    check_links(source, prose, environment, first, names_files=names_files)
    tables = [(first, token) for token in tokens if token.type == "table_open" and token.level == 0]
    for _, table in tables:
        read_table(source, table, first)
    check_nested_tables(source, tokens, first)
    return Outline(headings, tables, first, end)


def _check_markers(source: SourceText, first: int) -> None:
    """Refuse nesting that would take long to read, before reading it."""
    lines = source.lines[first:]
    for number, line in enumerate(lines, start=first):
        if not (found := _MARKERS.match(line)):
            continue
        depth = sum(sign in ">*+-.)" for sign in found[0])
        if depth > MAX_NESTING or (depth > 1 and depth * len(lines) > MAX_NESTING_WORK):
            what = f"quotes and lists are nested {depth} deep"
            remedy = f"nest at most {MAX_NESTING} deep, less in a long file, or begin the line with a backslash"
            raise source.error(what, line=number, remedy=remedy)


def _check_structure(source: SourceText, tokens: list[Token], first: int, after: int) -> None:
    tables = 0
    for token in tokens:
        tables += token.type == "table_open"
        if tables > MAX_TABLES:
            line = (token.map or [0])[0] + first
            what = f"the issue has more than {MAX_TABLES:,} tables"
            raise source.error(what, line=line, remedy="split it into several issues")
        if token.level > MAX_NESTING:
            line = (token.map or [0])[0] + first
            what = f"quotes and lists are nested deeper than {MAX_NESTING}"
            raise source.error(what, line=line, remedy="nest less")
    unclosed = unclosed_line(tokens, after)
    if unclosed is not None:
        what = "the block that begins here is never closed, so it swallows the rest of the file"
        remedy = "close the code fence with ``` on a line of its own, an HTML comment with -->"
        raise source.error(what, line=min(unclosed + first, len(source.lines) - 1), remedy=remedy)


def _read_headings(source: SourceText, tokens: list[Token], first: int) -> list[tuple[int, Heading]]:
    """Return the structural headings: `##` anywhere, `###` only below one (before it belongs to the lead)."""
    headings: list[tuple[int, Heading]] = []
    for place, token in enumerate(tokens):
        if is_structure(token) and (token.markup == "##" or headings) and token.map:
            line = token.map[0] + first
            headings.append((len(token.markup), read_heading(source, line, tokens[place + 1].content)))
    for level, most, name in ((2, MAX_SECTIONS, "sections"), (3, MAX_ITEMS, "items")):
        found = [heading for depth, heading in headings if depth == level]
        if len(found) > most:
            what = f"the issue has more than {most:,} {name}"
            raise source.error(what, line=found[most].line, remedy="split it into several issues")
    return headings


def _read_sections(source: SourceText, outline: Outline) -> list[Section]:
    starts = [place for place, (level, _) in enumerate(outline.headings) if level == 2]
    sections: list[Section] = []
    lines: dict[str, int] = {}
    for start, end in pairwise([*starts, len(outline.headings)]):
        heading = outline.headings[start][1]
        section = _read_section(source, outline, start, end)
        _refuse_repeated(source, lines, "section", section.slug, heading)
        sections.append(section)
    return sections


def _read_section(source: SourceText, outline: Outline, start: int, end: int) -> Section:
    heading = outline.headings[start][1]
    kind = _kind(source, heading)
    items = _read_items(source, outline, kind, range(start + 1, end))
    attributes = {name: value for name, value in heading.attributes.items() if name not in {"kind", "all"}}
    try:
        return Section(
            title=heading.title,
            slug=_slug(source, heading),
            kind=kind,
            all_title=heading.attributes.get("all", ""),
            intro=source.slice(heading.line + 1, outline.end_of(start)),
            items=tuple(items),
            attributes=attributes,
        )
    except ValidationError as wrong:
        raise refused(source, heading.line, heading.column, wrong) from None


def _read_items(source: SourceText, outline: Outline, kind: SectionKind, places: range) -> list[ItemBase]:
    items: list[ItemBase] = []
    lines: dict[str, int] = {}
    for place in places:
        heading = outline.headings[place][1]
        item = read_item(source, kind, heading, (heading.line + 1, outline.end_of(place)), outline.tables)
        _refuse_repeated(source, lines, "item", item.key, heading)
        items.append(item)
    return items


def _refuse_repeated(source: SourceText, lines: dict[str, int], what: str, key: str, heading: Heading) -> None:
    if key in lines:
        raise source.error(
            f"the {what} on line {lines[key] + 1} has the key {key!r} already",
            line=heading.line,
            column=heading.columns.get("#", heading.column),
            remedy=f"give one of them another: {{#{key[:70]}-2}}",
        )
    lines[key] = heading.line


def _kind(source: SourceText, heading: Heading) -> SectionKind:
    written = heading.attributes.get("kind", SectionKind.TEXT)
    if written in list(SectionKind):
        return SectionKind(written)
    close = difflib.get_close_matches(written[:40], list(SectionKind), n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    what = f"unknown section kind {written[:40]!r}"
    remedy = f"{hint}the kinds are {', '.join(SectionKind)}"
    raise source.error(what, line=heading.line, column=heading.columns["kind"], remedy=remedy)


def _slug(source: SourceText, heading: Heading) -> str:
    if heading.url:
        what = "a section heading cannot be a link"
        raise source.error(what, line=heading.line, column=heading.column, remedy="put the link into the intro")
    slug = heading.key or slugify(heading.title)
    if not re.fullmatch(SECTION_SLUG, slug):
        what = "the slug of a section is longer than 80 characters"
        raise source.error(what, line=heading.line, column=heading.columns["#"], remedy="shorten it")
    return slug


__all__ = ("MAX_ITEMS", "MAX_OCTETS", "DocumentError", "parse_issue")
