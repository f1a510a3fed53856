"""Rows for every table of any revision: each column used, references and words lawful, texts odd."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy.types import JSON

from newsletter.feedback.consequences import Effect
from newsletter.mail.report import Reason, ReportKind
from newsletter.model import Base
from newsletter.model.base import Word
from newsletter.model.states import NoticeState
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database

ROWS = 13
"""Rows a table: more than any enum has members that are kept as text."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("applied_reports", "effect"): tuple(Effect),
    ("applied_reports", "kind"): tuple(ReportKind),
    ("applied_reports", "reason"): tuple(Reason),
    ("attempts", "outcome"): ("deferred", "refused", "unknown"),
    ("consent_records", "action"): tuple(ConsentAction),
    ("edition_bodies", "form"): ("none", "opens", "clicks", "both"),
    ("heartbeats", "role"): ("worker", "scheduler"),
    ("notices", "state"): tuple(NoticeState),
    ("publications", "accent"): ("#1f5f8b", "#000000", "#ffffff"),
    ("publications", "font"): ("serif", "sans", "classic"),
    ("publications", "language"): ("en", "he", "ja", "de-CH-1996"),
    ("publications", "time_zone"): ("UTC", "Asia/Kolkata", "America/St_Johns"),
    ("publications", "uncertain"): ("", "hold", "resend"),
    ("suppressions", "reason"): ("complaint", "manual", "erased", "imported", "userunknown"),
}
"""What may stand in columns of text that hold one of a few words and whose model does not say so."""
TEXTS = (
    "plain",
    'O\'Brien said "no" \\ `x`; DROP TABLE issues; -- %s %(x)s {y} ${z}',
    "📰 👩‍👩‍👧 𝔘nicode é é ß",  # noqa: RUF001
    "שלום עולם \u202eمرحبا\u202c",  # noqa: RUF001
    " two\r\nlines\tand a tab ",
    "long " * 4000,
    "日本語の手紙",
)
BYTES = (b"", bytes(range(256)), b"\x00" * 5, "Größe: 1 €\r\n".encode() * 5000, b"'\"\\x00")
NUMBERS = (0, 1, 7, 250, 32_767)
LARGE = (2**31 - 1, 65_536)
FLOATS = (0.0, 0.1, 1e-9, 2.5e300, 1 / 3)
MOMENTS = (
    datetime(2026, 3, 4, 12, 0, 0, 123_456, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC),
    _EPOCH - timedelta(microseconds=1),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
)
DOCUMENTS = (
    {"sections": [{"items": [{"title": "שלום 📰", "n": 2**53 + 1, "x": None}]}], "ok": True},
    {},
    {"deep": [[[{"'": '"', "\\": "\n"}]]], "f": 0.1},
)


def fill(database: Database, present: dict[str, Table]) -> None:
    """Store `ROWS` rows in each of these tables, those that others refer to first."""
    with database.write() as session:
        for table in present.values():
            rows = [{c.name: _value(database, present, c, row) for c in table.columns} for row in range(ROWS)]
            session.execute(insert(table), rows)


def empty(database: Database, present: dict[str, Table]) -> None:
    """Delete every row."""
    with database.write() as session:
        for table in reversed(present.values()):
            session.execute(table.delete())


def unused(rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Name the columns in which no row of a table has anything, or all have the same."""
    values = {f"{table}.{name}": [row[name] for row in found] for table, found in rows.items() for name in found[0]}
    return [name for name, each in values.items() if not any(each) or len(set(map(repr, each))) < 2]


def _value(database: Database, present: dict[str, Table], column: Column[Any], row: int) -> Any:
    turn = row + zlib.crc32(str(column).encode()) % 60
    if column.nullable and turn % 4 == 3:
        return None
    if column.name == "id" or _refers(present, column):
        number = row if _is_distinct(column) or _refers_to_itself(column) else turn % ROWS
        return 1 + 7 * number if number < ROWS - 1 else 2**40
    if words := _words(column):
        return words[turn % len(words)]
    return _plain(database, column, row, turn)


def _plain(database: Database, column: Column[Any], row: int, turn: int) -> Any:
    kind, distinct = column.type, _is_distinct(column)
    if isinstance(kind, Boolean):
        return bool(turn % 2)
    if isinstance(kind, Float):
        return FLOATS[turn % len(FLOATS)]
    if isinstance(kind, Integer):
        numbers = NUMBERS if isinstance(kind, SmallInteger) else (*NUMBERS, *LARGE)
        return row if distinct else numbers[turn % len(numbers)]
    if isinstance(kind, DateTime):
        moment = MOMENTS[turn % len(MOMENTS)]
        return moment if database.is_postgresql else moment.replace(tzinfo=None)
    if isinstance(kind, Date):
        return date(1999, 12, 28) + timedelta(days=row)
    if isinstance(kind, JSON):
        return DOCUMENTS[turn % len(DOCUMENTS)]
    if isinstance(kind, LargeBinary):
        if distinct or column.name.endswith(("_hash", "digest", "came_with")):
            return hashlib.sha256(f"{column} {row}".encode()).digest()
        return BYTES[turn % len(BYTES)]
    return f"{row if distinct else ''}{TEXTS[turn % len(TEXTS)]}"[: getattr(kind, "length", None)]


def _refers(present: dict[str, Table], column: Column[Any]) -> bool:
    """Tell whether a column holds the id of another row, whether or not the database knows."""
    return bool(column.foreign_keys) or (column.name.endswith("_id") and f"{column.name[:-3]}s" in present)


def _refers_to_itself(column: Column[Any]) -> bool:
    """Tell whether a column holds the id of a row of its own table, which must be there when it is written."""
    return any(key.column.table is column.table for key in column.foreign_keys)


def _is_distinct(column: Column[Any]) -> bool:
    """Tell whether a column must differ, alone or with others."""
    constraints = (c for c in column.table.constraints if isinstance(c, PrimaryKeyConstraint | UniqueConstraint))
    return any(column.name in constraint.columns for constraint in constraints)


def _words(column: Column[Any]) -> tuple[str, ...]:
    """Return what may stand in a column that holds one of a few words; nothing where it holds any text."""
    if (named := WORDS.get((column.table.name, column.name))) is not None:
        return named
    model = Base.metadata.tables.get(column.table.name)
    kind = model.columns[column.name].type if model is not None and column.name in model.columns else None
    return tuple(member.value for member in kind.kind) if isinstance(kind, Word) else ()
