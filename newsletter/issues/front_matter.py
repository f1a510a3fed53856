"""Front matter: a flat YAML mapping between two lines `---` at the head of the file.

It is read from YAML's events, so each value is the text that stands there (`no` is Norwegian, not false), and
nothing can nest, refer to something else, or name a type.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from newsletter.errors import DocumentError
from newsletter.issues.source_text import SourceText, read_source
from newsletter.model.brand import RESERVED_ISSUE_SLUGS
from newsletter.model.document import PICTURE_ATTRIBUTES
from newsletter.model.texts import LANGUAGE, LINE, PICTURE, SLUG
from newsletter.rendering.kept_work import KeptWork

REQUIRED = ("publication", "title", "slug", "date")
OPTIONAL = ("author", "subject", "preheader", "language", *PICTURE_ATTRIBUTES, "poll")
MAX_CHARACTERS = 16_384
PICTURE_REMEDY = "begin it with https://, or keep a file by `newsletter image add` and name its address /images/..."
_LONGEST = {"title": 300, "subject": 300, "author": 1000, "preheader": 1000, "image": 2048}
_READ: KeptWork[tuple[tuple[str, tuple[str, int, int]], ...]] = KeptWork()
_NULL = re.compile(r"~|null|Null|NULL|")  # https://yaml.org/spec/1.2.2/#1032-tag-resolution
_EXAMPLE = "begin the file with ---, lines such as `title: My issue`, and --- again"


def read_front_matter(source: SourceText) -> tuple[dict[str, Any], int]:
    """Return the values by field name of Document, and the number of the first line after the front matter."""
    end = _closing_line(source)
    values = _values(source, end)
    for name in REQUIRED:
        if name not in values:
            remedy = f"add a line `{name}: ...` between the lines ---"
            raise source.error(f"the front matter has no {name}", line=0, remedy=remedy)
    for name, (value, line, column) in values.items():
        _check(source, name, value, line, column)
    fields: dict[str, Any] = {PICTURE_ATTRIBUTES.get(name, name): value for name, (value, _, _) in values.items()}
    fields["date"] = dt.date.fromisoformat(fields["date"])
    fields.setdefault("subject", fields["title"])
    return fields, end + 1


def with_slug(text: str, slug: str) -> str:
    """Return the file with another slug in its front matter, and all else as it is. Raises DocumentError for what cannot be read."""
    return with_value(text, "slug", slug)


def with_value(text: str, name: str, plain: str) -> str:
    """Return the file with another value of one key, `plain` words that need no quotes. Raises DocumentError for what cannot be read."""
    source = read_source(text, name="issue")
    for key, value in _pairs(source, _closing_line(source)):
        if key.value == name:
            (first, start), (last, end) = _place(value), _end(value)
            put = f"{source.lines[first][:start]}{plain}{source.lines[last][end:]}"
            return "\n".join([*source.lines[:first], put, *source.lines[last + 1 :]])
    remedy = f"add a line `{name}: ...` between the lines ---"
    raise source.error(f"the front matter has no {name}", line=0, remedy=remedy)


class Scalar(NamedTuple):
    """A value of the front matter as written: its words, and (line, column) of its place, from 0 in the file."""

    words: str
    start: tuple[int, int]
    end: tuple[int, int]


def scalars(source: SourceText) -> dict[str, Scalar]:
    """Return the values by name, unchecked. Raises DocumentError for what is no front matter."""
    pairs = _pairs(source, _closing_line(source))
    return {key.value: Scalar(value.value.strip(), _place(value), _end(value)) for key, value in pairs}


def _closing_line(source: SourceText) -> int:
    if source.lines[0].rstrip() != "---":
        raise source.error("the file does not begin with front matter", line=0, remedy=_EXAMPLE)
    for number, line in enumerate(source.lines[1:], start=1):
        if line.rstrip() == "---":
            if len(source.slice(1, number)) > MAX_CHARACTERS:
                break
            return number
    what = f"the front matter is not closed within {MAX_CHARACTERS:,} characters"
    raise source.error(what, line=0, remedy="close it with a line that holds only ---")


def _values(source: SourceText, end: int) -> dict[str, tuple[str, int, int]]:
    """Return each value with its line and column (from 0 in the file); empty values are left out."""
    written = source.slice(0, end)
    return dict(_READ.of(written, lambda: tuple(_read(source, end).items()), lambda _: 2 * len(written)))


def _read(source: SourceText, end: int) -> dict[str, tuple[str, int, int]]:
    values: dict[str, tuple[str, int, int]] = {}
    seen: set[str] = set()
    for key, value in _pairs(source, end):
        name, (line, column) = key.value, _place(key)
        _check_name(source, name, seen, line, column)
        seen.add(name)
        plain = value.style is None
        if value.value.strip() and not (plain and _NULL.fullmatch(value.value)):
            values[name] = (value.value.strip().replace("\t", " "), *_place(value))
    return values


def _check_name(source: SourceText, name: str, seen: set[str], line: int, column: int) -> None:
    if name in seen:
        raise source.error(f"{name} stands twice", line=line, column=column, remedy="keep one of the two lines")
    if name not in REQUIRED + OPTIONAL:
        close = difflib.get_close_matches(name.lower()[:100], REQUIRED + OPTIONAL, n=1)
        remedy = f"did you mean {close[0]}?" if close else f"the front matter knows {', '.join(REQUIRED + OPTIONAL)}"
        raise source.error(f"unknown front-matter key {name[:100]!r}", line=line, column=column, remedy=remedy)


def _pairs(source: SourceText, end: int) -> Iterator[tuple[yaml.ScalarEvent, yaml.ScalarEvent]]:
    scalars = [event for event in _events(source, end) if isinstance(event, yaml.ScalarEvent)]
    return zip(scalars[::2], scalars[1::2], strict=True)


def _events(source: SourceText, end: int) -> list[Any]:
    """Return the YAML events of a flat mapping. Raises DocumentError for anything else, at its mark."""
    events: list[Any] = []
    try:
        for event in yaml.parse(source.slice(1, end), Loader=yaml.SafeLoader):
            _refuse_the_rest(source, event, inside=any(isinstance(e, yaml.MappingStartEvent) for e in events[:3]))
            events.append(event)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line, column = (mark.line + 1, mark.column) if mark else (0, 0)
        what = f"the front matter is not YAML: {wrong.problem or wrong.context}"
        remedy = (
            'a value that holds ": " or begins with a sign stands in "quotes", in which a backslash is written twice'
        )
        raise source.error(what, line=min(line, end), column=column, remedy=remedy) from None
    except (yaml.YAMLError, ValueError, OverflowError) as wrong:  # "\\UFFFFFFFF" is a ValueError
        raise source.error(f"the front matter is not YAML: {wrong}", line=0, remedy=_EXAMPLE) from None
    return events


def _place(event: Any) -> tuple[int, int]:
    """Return line and column of a YAML event in the file, from 0; the first line of the file is ---."""
    return event.start_mark.line + 1, event.start_mark.column


def _end(event: Any) -> tuple[int, int]:
    """Return line and column in the file, from 0, of the place after a YAML event."""
    return event.end_mark.line + 1, event.end_mark.column


def _refuse_the_rest(source: SourceText, event: Any, *, inside: bool) -> None:
    """Raise DocumentError unless `event` belongs to a flat mapping; `inside` it only scalars may stand."""
    line, column = _place(event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        what, remedy = "anchors and aliases (& and *) are not used here", "write the value out, or in quotes"
    elif getattr(event, "tag", None):
        what, remedy = "tags (!) are not used here", "write the value alone, or in quotes"
    elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent if inside else yaml.ScalarEvent)):
        what, remedy = "the front matter holds only names and values", "write `name: value`, without lists or nesting"
    elif inside and isinstance(event, yaml.DocumentStartEvent):
        what, remedy = "a second YAML document begins here", "write all names and values one below the other"
    else:
        return
    raise source.error(what, line=line, column=column, remedy=remedy)


def _check(source: SourceText, name: str, value: str, line: int, column: int) -> None:
    """Raise DocumentError unless `value` may stand for `name`."""

    def fail(what: str, remedy: str) -> DocumentError:
        return source.error(what, line=line, column=column, remedy=remedy)

    if not re.fullmatch(LINE, value):
        raise fail(f"{name} holds a line break or a control character", "write it on one line")
    if len(value) > _LONGEST.get(name, 1000):
        raise fail(f"{name} is longer than {_LONGEST.get(name, 1000)} characters", "shorten it")
    if name in {"slug", "publication"} and not re.fullmatch(SLUG, value):
        raise fail(f"{name} {value!r} cannot stand in an address", "use a-z, 0-9 and -, such as 2026-05-09")
    if name == "slug" and value in RESERVED_ISSUE_SLUGS:
        raise fail(f"the slug {value!r} is the address of another page", "choose another slug")
    if name == "date" and not _is_date(value):
        raise fail(f"{value!r} is not a date", "write it as year-month-day, such as 2026-05-09")
    if name == "image" and not re.fullmatch(PICTURE, value):
        raise fail(f"{value[:80]!r} is not an address of a picture", PICTURE_REMEDY)
    if name == "language" and not re.fullmatch(LANGUAGE, value):
        raise fail(f"{value!r} is not a language", "use a tag such as en, de or pt-BR (BCP 47)")


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
