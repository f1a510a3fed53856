"""Read all lists of an import into its stage, before anything of them is in the ledger: one list at fault keeps all out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count, islice
from typing import Any

from newsletter.accounts.permissions import may, require
from newsletter.audience import own_list
from newsletter.audience.column_names import plain_name
from newsletter.audience.import_report import ImportReport, ReadList
from newsletter.audience.moving.describing import Describing
from newsletter.audience.moving.product import Product
from newsletter.audience.moving.read_row import STATES, ReadRow, RowState
from newsletter.audience.moving.reading import ListReader, OwnListReader
from newsletter.audience.moving.recognising import RecognisedList, product_of
from newsletter.audience.standings import FILE_NAME, Standings, standings_of
from newsletter.errors import InputError
from newsletter.model import FieldKind, ReaderField
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.audience import reader_fields
from newsletter.store.audience.staged import StagedBatch
from newsletter.store.audience.staging import Stage
from newsletter.store.database import Database
from newsletter.store.inserting import batches

_BATCH = 2_000
_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class ListTerms:
    """What is said of the lists.

    `consent` says in words how their readers agreed, and is kept with each; `states` ([COLUMN:]WORD=MEANING) say what their words of
    standing mean: our own export tells both itself. Not `confirmed`: readers stay pending and get no mail, but with `ask` one
    that asks whether they want it; a list that proves an opt-in needs neither.
    """

    place: str
    consent: str = ""
    states: Sequence[str] = ()
    confirmed: bool = False
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Watching:
    """Who is told of an import while it goes on.

    `progress` gets the rows read so far; `row` each row by what all rows say of its person, as JSON can hold it, before anything is
    stored; `unusable` a row that cannot be used, or a value of it, with the columns of its list, as it is read; `stored` how many of so many rows are
    stored, or are tried on a dry run, after each part of them.
    """

    progress: Callable[[int], None] = lambda _: None
    row: Callable[[dict[str, Any]], None] | None = None
    unusable: Callable[[Sequence[str], ReadRow], None] = lambda _, __: None
    stored: Callable[[int, int], None] = lambda _, __: None


UNWATCHED = Watching()


@dataclass(frozen=True)
class OpenedList:
    """The rows of one list, as they are read."""

    source: str
    columns: Sequence[str]
    rows: Iterator[Mapping[str, str]]
    product: Product
    encoding: str = "utf-8"
    delimiter: str = ""


@contextmanager
def given(rows: Iterable[Mapping[str, str]]) -> Iterator[OpenedList]:
    """Open rows that somebody read already."""
    columns, source, remaining = getattr(rows, "columns", None), getattr(rows, "source", ""), iter(rows)
    if columns is None:
        sample = list(islice(remaining, _SAMPLE))
        columns = list(dict.fromkeys(name for row in sample for name in row))
        remaining = chain(sample, remaining)
    yield OpenedList(source, columns, remaining, product_of(columns, source))


@contextmanager
def recognised(found: RecognisedList) -> Iterator[OpenedList]:
    """Open a list that was recognised."""
    with found.rows() as rows:
        yield OpenedList(found.source, found.columns, rows, found.product, found.encoding, found.delimiter)


@dataclass
class ListsReading:
    """The reading of all lists of one import into its stage."""

    database: Database
    publication_id: int
    stage: Stage
    said: ListTerms
    now: datetime
    by: Actor
    watching: Watching
    report: ImportReport = field(init=False)

    def __post_init__(self) -> None:
        self.report = ImportReport(pending=not self.said.confirmed)
        self._numbers = count(1)
        self._everywhere = may(self.by, Right.MANAGE_AUDIENCE, None)
        with self.database.read() as session:
            fields = {each.key: each for each in reader_fields.listed(session, self.publication_id)}
        self.describing = Describing(fields)
        self._defined = defined_kinds(fields.values())

    def read_all(self, lists: Sequence[AbstractContextManager[OpenedList]]) -> bool:
        """Stage the rows of all lists; return whether they are exports of ours. Raises InputError."""
        own: set[bool] = set()
        for each in lists:
            with each as opened:
                own.add(own_list.is_own(opened.columns))
                if len(own) > 1:
                    raise InputError(
                        "an export of ours is moved in by itself", where=opened.source, remedy="name it alone"
                    )
                self._stage(opened)
        return own == {True}

    def tell_rows(self) -> None:
        """Tell each row, by what all rows say of its person."""
        if self.watching.row is None:
            return
        for words, standing in self.stage.told():
            told = json.loads(words)
            state = None if standing is None else STATES[standing]
            if (
                state is not None
                and state != told["state"]
                and told["state"] not in (RowState.LEFT_OUT, RowState.INVALID)
            ):
                told |= {"state": state.value, "reason": f"another row says so; this one says {told['state']}"}
            self.watching.row(told)

    def _stage(self, opened: OpenedList) -> None:
        reader, given = self._reader(opened)
        for batch in batches(reader.read(given), _BATCH):
            staged = [row for row in batch if row.staged is not None]
            rules = [rule for row in staged for rule in row.rules]
            if any(rule.everywhere for rule in rules):
                require(self.by, Right.MANAGE_AUDIENCE, None)  # it rules people out for every publication
            tags, values = self.describing.of(staged)
            rows = [row.staged for row in staged if row.staged]
            self.stage.add(StagedBatch(rows, [r for row in staged for r in row.records], rules, tags, values))
            for row in batch:
                self.report.note(row)
                if row.state is RowState.INVALID or row.unfit:
                    self.watching.unusable(opened.columns, row)
            if self.watching.row is not None:
                self.stage.tell([_to_tell(row) for row in batch])
            self.watching.progress(self.report.rows)
        if isinstance(reader, ListReader):
            reader.standings.flags.check(opened.source)
            for (column, word), number in reader.standings.unknown.items():
                key = f"{column}:{word}"
                self.report.unknown[key] = self.report.unknown.get(key, 0) + number

    def _reader(self, opened: OpenedList) -> tuple[ListReader | OwnListReader, Iterable[Mapping[str, str]]]:
        columns, source = opened.columns, opened.source
        if own_list.is_own(columns):
            if self.said.states:
                raise InputError("this list is an export of ours and says itself who stands where", where="--state")
            self.report.lists.append(ReadList(source, "our own export"))
            return OwnListReader(source, columns, self._numbers), opened.rows
        standings = standings_of(columns, source, self.said.states, opened.product, defined=self._defined)
        sample = list(islice(opened.rows, _SAMPLE))
        standings.check(sample)
        _check_name(standings, opened)
        _check_columns(standings, opened)
        if opened.product.is_plain and not self.said.consent.strip() and not self.said.confirmed:
            raise no_consent()
        reader = ListReader(
            source, opened.product, columns, standings, self.now, self.said.confirmed, self.said.consent
        )
        reader.numbers, reader.everywhere = self._numbers, self._everywhere
        told = ReadList(source, opened.product.title, opened.encoding, opened.delimiter)
        told.fields, told.left_behind = reader.fields, reader.left_behind
        self.report.lists.append(told)
        return reader, chain(sample, opened.rows)


def defined_kinds(fields: Iterable[ReaderField]) -> frozenset[str]:
    """Return the keys of the fields of which somebody said what they hold; a list that moved in makes but fields of text."""
    return frozenset(field.key for field in fields if field.kind is not FieldKind.TEXT)


def _to_tell(row: ReadRow) -> tuple[int, bytes | None, str]:
    known = row.staged.address_hash if row.staged is not None else None
    return row.number, known, json.dumps(row.told(), ensure_ascii=False)


def _check_name(standings: Standings, opened: OpenedList) -> None:
    """Refuse a list whose product tells the standing in the file's name, when it has another name now."""
    product = opened.product
    moments = standings.moments and not standings.of_file
    if product.needs_file_word and not moments and not standings.explains_file:
        said = f"{FILE_NAME}:{standings.of_file}={'unsubscribed' if standings.of_file else 'active'}"
        raise InputError(
            f"{product.title} says in the name of the file who stands in it, and this name does not",
            where=opened.source,
            remedy=f"give it back a name with {', '.join(product.file_words)}, or say --state '{said}'",
        )


def _check_columns(standings: Standings, opened: OpenedList) -> None:
    """Refuse a list whose product tells the standing in a column, when it has none and nobody said what that means."""
    is_told = opened.product.tells_by(map(plain_name, standings.columns))
    if not is_told and not standings.meaning_of(FILE_NAME, standings.of_file.lower()):
        raise InputError(
            f"{opened.product.title} says in a column who stands where, and this list has none",
            where="--state",
            remedy=f"export it with its column {opened.product.needs_words[0]!r}, or say --state '{FILE_NAME}:=active'",
        )


def no_consent(number: int = 0) -> InputError:
    """Return the error of a list whose readers nobody says of how they agreed."""
    whose = (
        f"{number:,} readers have no proof of consent in this list"
        if number
        else "an import needs the readers' consent in words"
    )
    return InputError(whose, where="--consent", remedy='say how they agreed, such as "asked at the fair, May 2026"')
