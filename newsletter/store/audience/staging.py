"""The stage of an import: rows in temporary tables of one connection, on disk, until all of them were read and none was at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from newsletter.model.base import BigId, Moment
from newsletter.store.audience.staged import (
    StagedBatch,
    StagedRecord,
    StagedRow,
    StagedRule,
    StagedTag,
    StagedValue,
    Standing,
)
from newsletter.store.database import Database
from newsletter.store.inserting import insert_selected

_TABLES = MetaData()


def _table(name: str, *columns: Column[object]) -> Table:
    return Table(name, _TABLES, *columns, prefixes=["TEMPORARY"])


def _of_row(*more: Column[object]) -> list[Column[object]]:
    return [
        Column("address", String, nullable=False),
        Column("address_hash", LargeBinary, nullable=False),
        Column("domain", String, nullable=False),
        Column("name", String, nullable=False),
        Column("standing", SmallInteger, nullable=False),
        Column("left_at", Moment()),
        Column("tracking", String, nullable=False),
        Column("created_at", Moment()),
        Column("changed_at", Moment()),
        Column("invited_at", Moment()),
        Column("proven", Boolean, nullable=False),
        *more,
    ]


def _number(**more: bool) -> Column[object]:
    return Column("number", BigId, autoincrement=False, nullable=False, **more)  # type: ignore[arg-type]


ROWS = _table("staged_rows", _number(), *_of_row())
PEOPLE = _table(
    "staged_people",
    _number(primary_key=True),
    *_of_row(
        Column("held", Boolean, nullable=False, default=False),
        Column("subscriber_id", BigId),
        Column("was", String),  # the subscription's state before, or what became of it
    ),
)
RECORDS = _table(
    "staged_records",
    _number(index=True),
    Column("ordinal", Integer, primary_key=True),
    Column("action", String, nullable=False),
    Column("at", Moment(), nullable=False),
    Column("place", String, nullable=False),
    Column("ip", String, nullable=False),
    Column("wording", Text, nullable=False),
)
RULES = _table(
    "staged_rules",
    _number(index=True),
    Column("ordinal", Integer, primary_key=True),
    Column("everywhere", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("expires_at", Moment()),
    Column("unproven", Boolean, nullable=False),
)
TAGS = _table(
    "staged_tags",
    _number(primary_key=True),
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
)
VALUES = _table(
    "staged_values",
    _number(primary_key=True),
    Column("key", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("folded", String, nullable=False),
    Column("value", Double),
)
TOLD = _table(
    "staged_told",
    _number(primary_key=True),
    Column("address_hash", LargeBinary),
    Column("told", Text, nullable=False),
)
"""Rows as they are told to whoever imports them, where they wish it."""
_KEPT = [c.name for c in ROWS.columns]


class Stage:
    """What was read so far. Nothing of it is in the ledger."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._records = self._rules = 0
        self.last = 0  # greatest number of a row, when the stage is settled

    def add(self, batch: StagedBatch) -> None:
        """Keep rows, and what they tell besides."""
        with self._connection.begin():
            self._load(ROWS, [_values(row) for row in batch.rows])
            self._load(RECORDS, [(r.number, self._records + n, *_values(r)[1:]) for n, r in enumerate(batch.records)])
            self._load(RULES, [(r.number, self._rules + n, *_values(r)[1:]) for n, r in enumerate(batch.rules)])
            self._load(TAGS, [_values(tag) for tag in batch.tags])
            self._load(VALUES, [_values(value) for value in batch.values])
        self._records += len(batch.records)
        self._rules += len(batch.rules)

    def tell(self, rows: Sequence[tuple[int, bytes | None, str]]) -> None:
        """Keep rows as they are told: number, hash of an address that can be used, words."""
        with self._connection.begin():
            self._load(TOLD, rows)

    def told(self) -> Iterator[tuple[str, Standing | None]]:
        """Yield what was told, in the order of the rows, with where the person stands by all rows."""
        rows = (
            select(TOLD.c.told, PEOPLE.c.standing)
            .select_from(TOLD)
            .outerjoin(PEOPLE, PEOPLE.c.address_hash == TOLD.c.address_hash)
            .order_by(TOLD.c.number)
        )
        with self._connection.begin():
            for told, standing in self._connection.execute(rows, execution_options={"yield_per": 1000}):
                yield told, None if standing is None else Standing(standing)

    def settle(self) -> int:
        """Make one person of all rows with one address: of those with the worst standing the first that proves consent, else the first. Return how many rows were more.

        What that row tells besides (how the person agreed, why they are ruled out) belongs to its standing, and is what counts. Tags and
        fields of the others are put beside its own.
        """
        of_one = ROWS.c.address_hash
        worst = func.max(ROWS.c.standing).over(partition_by=of_one)
        left = func.max(ROWS.c.left_at).over(partition_by=of_one)
        best = (ROWS.c.standing.desc(), ROWS.c.proven.desc(), ROWS.c.number)
        first = func.row_number().over(partition_by=of_one, order_by=best)
        invited = func.min(ROWS.c.invited_at).over(partition_by=of_one)
        changed = {
            name: found.label(name) for name, found in (("standing", worst), ("left_at", left), ("invited_at", invited))
        }
        ranked = select(*[changed.get(c.name, c) for c in ROWS.c], first.label("place")).subquery()
        people = select(*[ranked.c[name] for name in _KEPT], text("false")).where(ranked.c.place == 1)
        with self._connection.begin():
            self._connection.execute(
                insert(PEOPLE).from_select([*_KEPT, "held"], people.order_by(ranked.c.number), include_defaults=False)
            )
            self._connection.execute(
                update(PEOPLE).where(PEOPLE.c.standing == Standing.ABSENT).values(standing=Standing.UNSUBSCRIBED)
            )
            rows = self._connection.scalar(select(func.count()).select_from(ROWS)) or 0
            count = self._connection.scalar(select(func.count()).select_from(PEOPLE)) or 0
            self.last = self._connection.scalar(select(func.max(PEOPLE.c.number))) or 0
            if rows > count:
                self._gather(TAGS)
                self._gather(VALUES)
            self._connection.execute(text("DELETE FROM staged_rows"))
            if self._database.is_postgresql:
                for name in _TABLES.tables:
                    self._connection.execute(text(f"ANALYZE {name}"))
        return rows - count

    def _gather(self, table: Table) -> None:
        """Let what all rows of a person tell be told by the row that counts; of two values of one field its own, else the earlier."""
        whose = PEOPLE.c.address_hash == ROWS.c.address_hash
        others = select(PEOPLE.c.number, *[column for column in table.c if column.name != "number"]).select_from(table)
        others = others.join(ROWS, ROWS.c.number == table.c.number).join(PEOPLE, whose)
        others = others.where(PEOPLE.c.number != table.c.number).order_by(table.c.number)
        insert_selected(self._connection, table, table.c.keys(), others, ["number", "key"])

    def chunks(
        self, size: int, *, dry_run: bool = False, after: Callable[[int], None] = lambda _: None
    ) -> Iterator[tuple[Session, int, int]]:
        """Yield a transaction for each `size` numbers, with the least and the greatest of them.

        It commits when the next is asked for, and `after` is told the greatest number that is done; on a dry run it is undone.
        """
        for first in range(1, self.last + 1, size):
            with self._database.write_on(self._connection) as session:
                yield session, first, first + size - 1
                if dry_run:
                    session.rollback()
            after(min(first + size - 1, self.last))

    def _load(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        names = [c.name for c in table.columns]
        if not self._database.is_postgresql:
            self._connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
            return
        driver = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)


@contextmanager
def staging(database: Database) -> Iterator[Stage]:
    """Open an empty stage; it is gone at the end, whatever happened. Raises StoreError."""
    with database.own_connection() as connection:
        with connection.begin():
            _TABLES.create_all(connection, checkfirst=False)
        yield Stage(database, connection)


def _values(row: StagedRow | StagedRecord | StagedRule | StagedTag | StagedValue) -> tuple[object, ...]:
    return tuple(
        int(value) if isinstance(value, Standing) else value for value in (getattr(row, name) for name in row.__slots__)
    )
