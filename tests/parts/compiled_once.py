"""Statements compiled once for all ledgers of a run.

SQLAlchemy keeps what it compiled by engine, because two engines may speak different dialects. Each test has a ledger, and so an
engine, of its own, and compiling took a third of the time of a page's test. Dialects of one kind, of servers of one version, are
as good as one here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, util
from sqlalchemy.engine.default import DefaultDialect

_COMPILED = util.LRUCache[Any, Any](4000)


def _kind(dialect: DefaultDialect) -> tuple[object, ...]:
    return type(dialect), dialect.server_version_info, dialect.paramstyle


def compile_once() -> None:
    """Let all engines of this process share what they compile."""
    begin = Engine.__init__

    def begin_sharing(engine: Engine, *given: Any, **more: Any) -> None:
        begin(engine, *given, **more)
        if engine._compiled_cache is not None:
            engine._compiled_cache = _COMPILED

    def is_alike(one: DefaultDialect, other: object) -> bool:
        return one is other or (isinstance(other, DefaultDialect) and _kind(one) == _kind(other))

    Engine.__init__ = begin_sharing  # type: ignore[method-assign]
    DefaultDialect.__eq__ = is_alike  # type: ignore[method-assign,assignment]
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign]
