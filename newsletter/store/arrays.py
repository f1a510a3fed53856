"""PostgreSQL arrays as text (documentation section 8.15.2): one parameter instead of hundreds, which a driver reads one by one."""

from __future__ import annotations

from collections.abc import Sequence


def array(values: Sequence[int | float | str | None]) -> str:
    """Write a PostgreSQL array (documentation section 8.15.2) of words that need no quotes: the driver takes far longer."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def quoted_array(values: Sequence[str | None]) -> str:
    """Write a PostgreSQL array of any text; its text holds no NUL, and a hostile server may send one."""
    escaped = (v if v is None else v.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "") for v in values)
    return array([v if v is None else f'"{v}"' for v in escaped])
