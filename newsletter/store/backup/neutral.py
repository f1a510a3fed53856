"""Rows in a form that belongs to neither database: what a backup holds of a table, and how a value is read and written.

a number, a text, none   as they are
a moment                 text in UTC: 2026-11-30 08:00:00.000000
a day                    text: 2026-11-30
octets                   text in base64 (RFC 4648 section 4)
yes or no                true or false, or 1 or 0
JSON                     its text, so that neither side reads it
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, MetaData, Table, cast, type_coerce, types
from sqlalchemy.sql import ColumnElement, func, literal

from newsletter.model import Base

NOT_KEPT = frozenset({"leases", "heartbeats", "preview_texts"})
"""Tables of the moment: who lives, who leads, and what somebody looked at."""


class ColumnKind(StrEnum):
    """What a column holds, as far as it matters here."""

    PLAIN = "plain"
    MOMENT = "moment"
    DAY = "day"
    OCTETS = "octets"
    YES_NO = "yes-no"
    JSON = "json"


_KINDS: tuple[tuple[type[Any], ColumnKind], ...] = (
    (types.DateTime, ColumnKind.MOMENT),
    (types.Date, ColumnKind.DAY),
    (types.LargeBinary, ColumnKind.OCTETS),
    (types.Boolean, ColumnKind.YES_NO),
    (types.JSON, ColumnKind.JSON),
)
_UTC_TEXT = "YYYY-MM-DD HH24:MI:SS.US"


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables that a backup keeps, as they are in this database, those that others refer to first."""
    known = MetaData()
    known.reflect(connection, only=lambda name, _: name in Base.metadata.tables and name not in NOT_KEPT)
    return [table for table in known.sorted_tables if table.name not in NOT_KEPT]


def kinds_of(table: Table) -> dict[str, ColumnKind]:
    """Return what each column holds, by name, in the order in which rows have them."""
    return {column.name: _kind(column.type) for column in table.columns}


def _kind(kind: object) -> ColumnKind:
    return next((found for type_, found in _KINDS if isinstance(kind, type_)), ColumnKind.PLAIN)


def selected(table: Table, dialect: str) -> list[ColumnElement[Any]]:
    """Return what to select of a table: neutral values, but for octets, which `written` still has to turn into text."""
    postgresql = dialect == "postgresql"
    return [_expressed(column, postgresql).label(column.name) for column in table.columns]


def _expressed(column: ColumnElement[Any], postgresql: bool) -> ColumnElement[Any]:
    kind = _kind(column.type)
    if kind is ColumnKind.MOMENT and postgresql:
        return func.to_char(func.timezone("UTC", column), literal(_UTC_TEXT), type_=types.String())
    if kind in (ColumnKind.JSON, ColumnKind.DAY) and postgresql:
        return cast(column, types.Text)
    if kind in (ColumnKind.MOMENT, ColumnKind.DAY, ColumnKind.JSON):
        return type_coerce(column, types.String)
    return column


def written(value: object) -> str:
    """Turn octets into text: for `json.dumps`, which asks for what it does not know."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"a row of the ledger holds a {type(value).__name__}")


def readers(kinds: Sequence[ColumnKind], dialect: str) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return, by place in a row, what makes a neutral value one that this database takes; raises ValueError, TypeError for none of ours."""
    found = _POSTGRESQL if dialect == "postgresql" else _SQLITE
    return [(place, found[kind]) for place, kind in enumerate(kinds)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _plain(value: Any) -> Any:
    if value is not None and not isinstance(value, str | int | float):
        raise TypeError("a number or a text was expected")
    return value


def _octets(value: Any) -> bytes | None:
    return None if value is None else base64.b64decode(_text(value), validate=True)


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is not None:
        raise ValueError("a moment without a zone was expected")
    return moment.isoformat(" ", "microseconds")


def _zoned(value: Any) -> str | None:
    return None if value is None else f"{_moment(value)}+00"


def _day(value: Any) -> str | None:
    return None if value is None else date.fromisoformat(_text(value)).isoformat()


def _json(value: Any) -> str | None:
    return None if value is None else _text(value)


def _number(value: Any) -> int | None:
    return None if value is None else int(bool(value))


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


_SQLITE: dict[ColumnKind, Callable[[Any], Any]] = {
    ColumnKind.PLAIN: _plain,
    ColumnKind.MOMENT: _moment,
    ColumnKind.DAY: _day,
    ColumnKind.OCTETS: _octets,
    ColumnKind.YES_NO: _number,
    ColumnKind.JSON: _json,
}
_POSTGRESQL = {**_SQLITE, ColumnKind.MOMENT: _zoned, ColumnKind.YES_NO: _truth}
