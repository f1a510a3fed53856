r"""Headings of an issue file: `## Title {#slug name=value}` and `### [Title](https://...) {#key name="a value"}`.

Titles are plain text. A backslash before ASCII punctuation stands for that sign alone, as in CommonMark section 2.4;
it is needed only where a sign would mean something: `\{` after a space, `\[`, `\]`, a closing `\#`. That of LaTeX
(`Schr\"odinger`, `$\{0,1\}^n$`) stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsletter.issues.source_text import SourceText
from newsletter.model.texts import LINE, SLUG, URL
from newsletter.rendering.heading_escapes import read_title, read_value

MAX_CHARACTERS = 64_000
MAX_ATTRIBUTES = 24
MOST_FIELDS = 8
"""Attributes that have a field of their own, those of a picture among them."""
_NAME = r"[a-zA-Z][\w-]*"
_VALUE = r'"(?:\\.|[^"\\])*"|[^\s"{}\\]+'
_BLOCK = re.compile(rf"\{{\s*(?:(?:\#[^\s{{}}\"\\]*|{_NAME}=(?:{_VALUE}))(?:\s+(?=[^\s}}])|\s*(?=\}})))*\}}")
_PART = re.compile(rf"\#(?P<key>[^\s{{}}\"\\]*)|(?<![\w-])(?P<name>{_NAME})=(?P<value>{_VALUE})")
_OPENING = re.compile(r"(?:^|(?<=\s))\{")
_ATTRIBUTE_LIKE = re.compile(rf"\{{\s*(?:\#|{_NAME}\s*=)")
_UNESCAPED_LINK = re.compile(r"(?<!\\)(?:\\\\)*\]\(")
_REMEDY = 'write {#key name=value name="a longer value"}, or \\{ where a brace belongs to the title'


@dataclass(slots=True)
class Heading:
    """A heading as written; `columns` say where its parts begin (from 0)."""

    line: int
    column: int
    title: str
    url: str = ""
    key: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)


def read_heading(source: SourceText, line: int, content: str) -> Heading:
    """Return the heading `content` that stands on `line`. Raises DocumentError with the column of what is wrong."""
    column = max(source.lines[line].find(content), 0)
    if len(content) > MAX_CHARACTERS:
        what = f"the heading is longer than {MAX_CHARACTERS:,} characters"
        raise source.error(what, line=line, column=column, remedy="move text into the body")
    text, block = _split(source, line, column, content)
    heading = Heading(line, column, "")
    _read_link(source, heading, text)
    if not heading.title:
        raise source.error("the heading has no title", line=line, column=column, remedy="write a title after the #")
    if not re.fullmatch(LINE, heading.title):
        remedy = "write the title on one line"
        raise source.error("the title holds a line separator", line=line, column=column, remedy=remedy)
    if block:
        _read_attributes(source, heading, block, column + len(content) - len(block))
    return heading


def _split(source: SourceText, line: int, column: int, content: str) -> tuple[str, str]:
    """Part the heading into its text and its attribute block, which may be missing."""
    openings = [match.start() for match in _OPENING.finditer(content)]
    if content.endswith("}"):
        for start in openings:
            if _BLOCK.fullmatch(content, start):
                return content[:start].rstrip(), content[start:]
    for start in openings:
        if content.endswith("}") or _ATTRIBUTE_LIKE.match(content, start):
            what = "the attributes in braces cannot be read"
            raise source.error(what, line=line, column=column + start, remedy=_REMEDY)
    return content, ""


def _read_link(source: SourceText, heading: Heading, text: str) -> None:
    """Fill in title and url."""
    title, url, place = _part_link(text)
    if (stray := _UNESCAPED_LINK.search(title)) or (not url and title.startswith("[") and title.endswith(")")):
        what = "the link of this heading cannot be read"
        column = heading.column + (stray.start() if stray else 0)
        remedy = "a link holds the whole title: [Title](https://...); write \\[ for a bracket of the title"
        raise source.error(what, line=heading.line, column=column, remedy=remedy)
    heading.title = read_title(title).replace("\t", " ").strip()
    if url and (len(url) > 2048 or not re.fullmatch(URL, url)):
        what = f"{url[:80]!r} is not an address a reader can open"
        remedy = "links begin with https://, http:// or mailto: and hold no spaces"
        raise source.error(what, line=heading.line, column=heading.column + place, remedy=remedy)
    heading.url = url


def _part_link(text: str) -> tuple[str, str, int]:
    """Return title and address of `[title](address)` or `[title](<address>)`, and where the address begins.

    Anything else is a title without an address. Searching from the end takes one pass, however many brackets there are.
    """
    opening, closing = ("](<", ">)") if text.endswith(">)") else ("](", ")")
    place = text.rfind(opening)
    if not text.startswith("[") or not text.endswith(closing) or place < 1:
        return text, "", 0
    start = place + len(opening)
    address = text[start : len(text) - len(closing)]
    if re.search(r"[<>]" if closing == ">)" else r"[\s<>]", address):
        return text, "", 0
    return text[1:place], address, start


def _read_attributes(source: SourceText, heading: Heading, block: str, column: int) -> None:
    for part in _PART.finditer(block):
        place = column + part.start()
        name = part["name"] or "#"
        if name in heading.columns or len(heading.attributes) >= MAX_ATTRIBUTES + MOST_FIELDS:
            what = f"{name} stands twice" if name in heading.columns else "the heading has too many attributes"
            raise source.error(what, line=heading.line, column=place, remedy="keep one of them")
        heading.columns[name] = place
        if part["name"]:
            heading.attributes[_name(source, heading.line, place, name)] = _value(source, heading, part, place)
        else:
            heading.key = _key(source, heading.line, place, part["key"])


def _name(source: SourceText, line: int, column: int, name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
        what = f"{name[:60]!r} is not a name for an attribute"
        raise source.error(what, line=line, column=column, remedy="use up to 40 of a-z, 0-9 and -, such as stars-today")
    return name


def _value(source: SourceText, heading: Heading, part: re.Match[str], column: int) -> str:
    value = part["value"]
    if value.startswith('"'):
        value = read_value(value[1:-1])
    value = value.replace("\t", " ").strip()
    if len(value) > 1000 or not re.fullmatch(LINE, value):
        raise source.error(
            f"the value of {part['name']} is not one line of up to 1,000 characters",
            line=heading.line,
            column=column,
            remedy="move text into the body",
        )
    return value


def _key(source: SourceText, line: int, column: int, key: str) -> str:
    if not re.fullmatch(SLUG, key):
        what = f"{key[:80]!r} cannot stand in an address"
        raise source.error(what, line=line, column=column, remedy="use a-z, 0-9 and -, such as {#my-item}")
    return key
