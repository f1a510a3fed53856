"""What a database looks at to answer: steps of SQLite's machine, or rows that PostgreSQL's scans read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from newsletter.store.database import Database

_STEPS = 10


@contextmanager
def looking(database: Database, table: str) -> Iterator[list[int]]:
    """Count what is looked at while the body runs; on PostgreSQL by the SELECTs that name `table`."""
    counted = [0]

    def step() -> None:
        counted[0] += _STEPS

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and table in statement:
            with connection.connection.driver_connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters)
                counted[0] += sum(_rows_of(plan["Plan"]) for plan in cursor.fetchone()[0])

    def watch(driver: Any, *_more: Any) -> None:
        driver.set_progress_handler(step, _STEPS)

    name, listener = ("before_cursor_execute", explain) if database.is_postgresql else ("checkout", watch)
    event.listen(database.engine, name, listener)
    yield counted
    event.remove(database.engine, name, listener)
    database.engine.dispose()


def _rows_of(plan: dict[str, Any]) -> int:
    """How many rows a plan and all below it read."""
    read = int(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * int(plan["Actual Loops"])
    return read + sum(_rows_of(below) for below in plan.get("Plans", ()))
