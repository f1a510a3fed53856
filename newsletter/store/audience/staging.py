"""The stage of an import: rows in temporary tables of one connection, on disk, until all of them were read and none was at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

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
    delete,
    false,
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
    StagedRow,
    Standing,
)
from newsletter.store.database import Database
from newsletter.store.inserting import insert_selected

_TABLES = MetaData()


def _table(name: str, *columns: Column[object]) -> Table:
    return Table(name, _TABLES, *columns, prefixes=["TEMPORARY"])


def _number(**more: bool) -> Column[object]:
    return Column("number", BigId, autoincrement=False, nullable=False, **more)  # type: ignore[arg-type]


PEOPLE = _table(
    "staged_people",
    _number(primary_key=True),
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
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("subscriber_id", BigId),
    Column("was", String),  # the subscription's state before, or what became of it
)
"""A person in a row: until the stage is settled somebody may stand there several times."""
DOUBLES = _table(
    "staged_doubles",
    _number(primary_key=True),
    Column("counts", BigId, nullable=False),  # which of the rows with this address
    Column("standing", SmallInteger, nullable=False),
    Column("left_at", Moment()),
    Column("invited_at", Moment()),
)
"""Rows of people who stand there several times, with what counts of them all."""
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
_COLUMNS = {table: [c.name for c in table.columns] for table in _TABLES.tables.values()} | {
    PEOPLE: list(StagedRow._fields)
}
"""What is staged of each table, in the order of the tuples that hold it."""
_STANDING = StagedRow._fields.index("standing")


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
            self._load(PEOPLE, [(*r[:_STANDING], int(r.standing), *r[_STANDING + 1 :]) for r in batch.rows])
            self._load(RECORDS, [(r.number, self._records + n, *r[1:]) for n, r in enumerate(batch.records)])
            self._load(RULES, [(r.number, self._rules + n, *r[1:]) for n, r in enumerate(batch.rules)])
            self._load(TAGS, batch.tags)
            self._load(VALUES, batch.values)
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
        with self._connection.begin():
            again = self._find_doubles()
            if again:
                self._join_doubles()
            self._connection.execute(
                update(PEOPLE).where(PEOPLE.c.standing == Standing.ABSENT).values(standing=Standing.UNSUBSCRIBED)
            )
            self.last = self._connection.scalar(select(func.max(PEOPLE.c.number))) or 0
            if self._database.is_postgresql:
                for name in _TABLES.tables:
                    self._connection.execute(text(f"ANALYZE {name}"))
        return again

    def _find_doubles(self) -> int:
        """Note the rows of people who stand there several times; return how many of them are more than one of each."""
        several = select(PEOPLE.c.address_hash).group_by(PEOPLE.c.address_hash).having(func.count() > 1)
        of_one, best = PEOPLE.c.address_hash, (PEOPLE.c.standing.desc(), PEOPLE.c.proven.desc(), PEOPLE.c.number)
        rows = select(
            PEOPLE.c.number,
            func.first_value(PEOPLE.c.number).over(partition_by=of_one, order_by=best),
            func.max(PEOPLE.c.standing).over(partition_by=of_one),
            func.max(PEOPLE.c.left_at).over(partition_by=of_one),
            func.min(PEOPLE.c.invited_at).over(partition_by=of_one),
        ).where(of_one.in_(several))
        self._connection.execute(insert(DOUBLES).from_select(_COLUMNS[DOUBLES], rows, include_defaults=False))
        more = select(func.count()).where(DOUBLES.c.number != DOUBLES.c.counts)
        return self._connection.scalar(more) or 0

    def _join_doubles(self) -> None:
        """Let one row of each person tell what all of them do, and take the others out."""
        told = {name: select(DOUBLES.c[name]) for name in ("standing", "left_at", "invited_at")}
        theirs = {
            name: each.where(DOUBLES.c.number == PEOPLE.c.number).scalar_subquery() for name, each in told.items()
        }
        count = select(DOUBLES.c.number).where(DOUBLES.c.number == DOUBLES.c.counts)
        others = select(DOUBLES.c.number).where(DOUBLES.c.number != DOUBLES.c.counts)
        self._connection.execute(update(PEOPLE).where(PEOPLE.c.number.in_(count)).values(theirs))
        self._connection.execute(delete(PEOPLE).where(PEOPLE.c.number.in_(others)))
        self._gather(TAGS)
        self._gather(VALUES)

    def _gather(self, table: Table) -> None:
        """Let what all rows of a person tell be told by the row that counts; of two values of one field its own, else the earlier."""
        others = select(DOUBLES.c.counts, *[column for column in table.c if column.name != "number"]).select_from(table)
        others = others.join(DOUBLES, DOUBLES.c.number == table.c.number)
        others = others.where(DOUBLES.c.number != DOUBLES.c.counts).order_by(table.c.number)
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
        """Write rows past SQLAlchemy, which would take longer for a value than the database does."""
        if not rows:
            return
        names = ", ".join(f'"{name}"' for name in _COLUMNS[table])
        if not self._database.is_postgresql:
            marks = ", ".join("?" * len(rows[0]))
            writing = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
            self._connection.exec_driver_sql(writing, _as_sqlite_keeps(table, rows))
            return
        driver = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)


def _as_sqlite_keeps(table: Table, rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return rows with their moments as text in UTC, as SQLAlchemy writes them."""
    places = [n for n, name in enumerate(_COLUMNS[table]) if isinstance(table.c[name].type, Moment)]
    return [_with_text(row, places) if any(row[n] for n in places) else row for row in rows] if places else list(rows)


def _with_text(row: tuple[object, ...], places: Sequence[int]) -> tuple[object, ...]:
    values = list(row)
    for n in places:
        moment = values[n]
        if isinstance(moment, datetime):
            values[n] = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return tuple(values)


@contextmanager
def staging(database: Database) -> Iterator[Stage]:
    """Open an empty stage; it is gone at the end, whatever happened. Raises StoreError."""
    with database.own_connection() as connection:
        with connection.begin():
            _TABLES.create_all(connection, checkfirst=False)
        yield Stage(database, connection)
