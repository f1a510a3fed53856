"""Make typed items of headings and what stands below them."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from typing import Any

from markdown_it.token import Token
from pydantic import ValidationError

from newsletter.errors import DocumentError
from newsletter.issues.front_matter import PICTURE_REMEDY
from newsletter.issues.headings import Heading
from newsletter.issues.source_text import SourceText
from newsletter.issues.tables import missing_table, read_table
from newsletter.model.document import (
    ItemBase,
    LinkItem,
    PaperItem,
    RepositoryItem,
    SectionKind,
    SponsorItem,
    TableItem,
    TextItem,
)
from newsletter.model.texts import PICTURE

ITEMS: dict[SectionKind, type[ItemBase]] = {
    SectionKind.LINKS: LinkItem,
    SectionKind.PAPERS: PaperItem,
    SectionKind.TABLES: TableItem,
    SectionKind.REPOSITORIES: RepositoryItem,
    SectionKind.TEXT: TextItem,
    SectionKind.SPONSOR: SponsorItem,
}
_LENGTHS = {"category": 80}
_COUNT = re.compile(r"[0-9]{1,12}|10{12}")  # to 10**12, as `Count`


def read_item(
    source: SourceText, kind: SectionKind, heading: Heading, span: tuple[int, int], tables: list[tuple[int, Token]]
) -> ItemBase:
    """Return the item under `heading` whose text is on lines `span`; `tables` are the file's, with their lines' offset.

    Raises DocumentError for an attribute that cannot be read or a table that is not there.
    """
    model = ITEMS[kind]
    fields: dict[str, Any] = {"title": heading.title, "url": heading.url, "attributes": {}}
    if heading.key:
        fields |= {"key": heading.key, "explicit_key": True}
    for name, written in heading.attributes.items():
        if known := model.heading_attributes.get(name):
            fields[known] = _field(source, heading, name, known, written)
        else:
            fields["attributes"][name] = written
    fields |= _content(source, kind, heading, span, tables)
    try:
        return model(**fields)
    except ValidationError as wrong:
        named = (name for name in ("bars", "best", "change") if name in heading.columns)
        column = heading.columns.get(next(named, ""), heading.column)
        raise refused(source, heading.line, column, wrong) from None


def refused(source: SourceText, line: int, column: int, wrong: ValidationError) -> DocumentError:
    """Return the model's first objection as an error at a place of the file."""
    first = wrong.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    what = f"{name}: {first['msg']}" if name else str(first["msg"]).removeprefix("Value error, ")
    return source.error(what, line=line, column=column, remedy="docs/issue-format.md says what may stand here")


def _content(
    source: SourceText, kind: SectionKind, heading: Heading, span: tuple[int, int], tables: list[tuple[int, Token]]
) -> dict[str, Any]:
    start, end = span
    if kind is not SectionKind.TABLES:
        return {"body": source.slice(start, end)}
    place = bisect_left(tables, start, key=_first_line)  # a file may hold as many tables as items
    if place < len(tables) and _first_line(tables[place]) < end:
        offset, token = tables[place]
        table = read_table(source, token, offset)
        return {
            "body": source.slice(start, table.start),
            "columns": table.columns,
            "rows": table.rows,
            "note": source.slice(table.end, end),
        }
    what, line, remedy = missing_table(source, start, end)
    raise source.error(what, line=line, column=heading.column if line == heading.line else 0, remedy=remedy)


def _first_line(table: tuple[int, Token]) -> int:
    offset, token = table
    return (token.map or [0])[0] + offset


def _field(source: SourceText, heading: Heading, name: str, field: str, written: str) -> Any:
    """Return the value of a heading's attribute for the model's `field`."""

    def fail(what: str, remedy: str) -> DocumentError:
        return source.error(what, line=heading.line, column=heading.columns[name], remedy=remedy)

    if field == "published":
        try:
            date = dt.date.fromisoformat(written)
        except ValueError:
            date = None
        if date is None or date.isoformat() != written:
            raise fail(f"{name}={written[:40]} is not a date", "write it as year-month-day, such as 2026-05-09")
        return date
    if field in {"stars", "stars_today"}:
        if not _COUNT.fullmatch(written):
            raise fail(f"{name}={written[:40]} is not a count", "write digits only, such as 12345")
        return int(written)
    if field == "image" and (len(written) > 2048 or not re.fullmatch(PICTURE, written)):
        raise fail(f"{written[:80]!r} is not an address of a picture", PICTURE_REMEDY)
    if field == "mailed":
        if written != "no":
            raise fail(f"{name}={written[:40]} says nothing", f"write {name}=no, or leave it out: items are mailed")
        return False
    if field == "best" and written not in {"highest", "lowest"}:
        raise fail(f"best={written[:40]} says nothing", "write best=highest or best=lowest")
    if len(written) > _LENGTHS.get(field, 1000):
        raise fail(f"{name} is longer than {_LENGTHS[field]} characters", "shorten it")
    return written
