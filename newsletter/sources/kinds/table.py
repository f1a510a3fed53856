"""Boards: any leaderboard as JSON, CSV or an HTML table, by a mapping (docs/table-mapping.md), or without one as it stands."""

from __future__ import annotations

import re

from newsletter.errors import InputError
from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds import table_csv, table_html, table_json
from newsletter.sources.kinds.grid import Grid
from newsletter.sources.kinds.octets import unpacked
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.table_guess import guessed
from newsletter.sources.kinds.table_rows import fitted
from newsletter.sources.mapping import Mapping, as_mapping

_TABLE = re.compile(rb"<table[\s>]", re.IGNORECASE)
_FEED = re.compile(rb"<(?:\?xml|rss|feed|rdf)\b", re.IGNORECASE)
_BETWEEN = re.compile(rb"[,;\t|]")
_HEAD = 64 * 1024
"""Octets by which an answer is known."""


def sniff(content: bytes, address: str) -> bool:  # noqa: ARG001 - as every kind has it
    """Tell whether this looks like a board: CSV by its lines, a page by a table in it, JSON by a list of objects in it."""
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"<":
        return not _FEED.match(head) and bool(_TABLE.search(content))
    if head[:1] in (b"{", b"["):
        return bool(re.search(rb"\[\s{0,99}\{", head))
    lines = [line for line in head.splitlines()[:3] if line.strip()]
    return len(lines) > 1 and b"\0" not in head and all(_BETWEEN.search(line) for line in lines)


def read(content: bytes, question: Question) -> Reading:
    """Return the rows of a board, best first: a candidate of each, and the table. Raises BrokenAnswerError.

    `question.mapping` is as `newsletter.sources.mapping` reads it; without one the columns are told from what they hold.
    """
    try:
        mapping = as_mapping(question.mapping) if question.mapping else None
    except InputError as wrong:
        raise BrokenAnswerError(str(wrong)) from None
    grid = _grid(unpacked(content), question.address, mapping)
    if mapping is not None:
        return fitted(grid, mapping, told=grid.told)
    seeming = guessed(grid)
    if seeming is None:
        raise BrokenAnswerError(
            f"nothing names the rows of this board; its columns: {grid.there}; give the source a mapping",
            Reading(told=grid.told),
        )
    what = f"no mapping says what the columns are: they were told from what they hold ({_said(seeming)})"
    return fitted(grid, seeming, told=(what, *grid.told))


def _grid(content: bytes, address: str, mapping: Mapping | None) -> Grid:
    if not content.strip():
        raise BrokenAnswerError("the answer is empty")
    form = mapping.format if mapping is not None and mapping.format else _format(content)
    if form == "json":
        return table_json.read_grid(content, mapping)
    return table_csv.read_grid(content) if form == "csv" else table_html.read_grid(content, address, mapping)


def _format(content: bytes) -> str:
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        return "json"
    return "html" if head[:1] == b"<" else "csv"


def _said(mapping: Mapping) -> str:
    named = [f"{column.title}: {column.type}" for column in mapping.columns]
    return ", ".join(named[:12]) + (f" and {len(named) - 12} more" if len(named) > 12 else "")
