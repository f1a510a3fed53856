"""How statements are run that read one range of ids after another: by index, whatever the planner expects.

PostgreSQL knows nothing yet of rows that a transaction wrote itself, and guesses how many of a range are of one publication. Where its
guess is below what is asked for, it reads whole tables for each range: the square of the work. SQLite takes the index by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

_OFF = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_NO_PROCESSES = "max_parallel_workers_per_gather"  # to start one costs more than a range


def _settings(**values: str) -> TextClause:
    names = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())
    return text(f"SELECT {names}")


_BY_INDEX = dict.fromkeys(_OFF, "off") | {_NO_PROCESSES: "0"}
_UNORDERED = _settings(**_BY_INDEX, enable_sort="on")
_ORDERED = _settings(**_BY_INDEX, enable_sort="off")
_FEW = _settings(**_BY_INDEX, enable_sort="on", enable_material="off", random_page_cost="1")


_MERGED = _settings(enable_hashjoin="off", enable_nestloop="off", max_parallel_workers_per_gather="0", work_mem="32MB")
_CHANGED = ("enable_hashjoin", "enable_nestloop", _NO_PROCESSES, "work_mem")
_NOW = text("SELECT " + ", ".join(f"current_setting('{name}') AS {name}" for name in _CHANGED))


@contextmanager
def by_merging(session: Session) -> Iterator[None]:
    """Let what is within join lists that indexes deal in order: PostgreSQL would hash a list of half a million, which takes five times as long."""
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    connection = session.connection()
    before = connection.execute(_NOW).one()._asdict()
    connection.execute(_MERGED)
    yield
    connection.execute(_settings(**before))


def by_index(session: Session, *, ordered: bool = False) -> None:
    """Let what follows in this transaction go by indexes; with `ordered`, by one that has the order that is asked for."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_ORDERED if ordered else _UNORDERED)


def by_few(session: Session) -> None:
    """Let what follows begin with the few rows that it names: how many conditions hold for is more than a planner can guess."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_FEW)
