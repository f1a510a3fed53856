"""Import readers from a list: in bulk, in one transaction, without ever bringing back someone who left."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from newsletter import csv_guard
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.model.states import SubscriptionState
from newsletter.store import consents, publications, subscribers, subscriptions, suppressions
from newsletter.store.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.store.inserting import batches
from newsletter.store.subscribers import NewSubscriber

_ADDRESS_COLUMNS = ("email", "address")


@dataclass(slots=True)
class ImportReport:
    """What became of each row: rows == added + known + confirmed + unsubscribed + suppressed + len(invalid)."""

    pending: bool  # True: readers added here get no mail until they confirm
    added: int = 0
    known: int = 0  # subscribed before, or twice in the list
    confirmed: int = 0  # were pending, and the list proves their opt-in
    unsubscribed: int = 0  # left before; left alone
    suppressed: int = 0  # must not be mailed; not stored
    invalid: list[tuple[int, str]] = field(default_factory=list)  # (line, what is wrong)


class Row(dict[str, str]):
    """A row of a CSV file by column name in lower case; `line` is where it ends in the file, from 1."""

    def __init__(self, values: Mapping[str, str], line: int) -> None:
        super().__init__(values)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Terms:
    publication_id: int
    confirmed: bool
    consent: str
    place: str
    now: datetime


def read_csv(file: BinaryIO, *, raw: bool = False) -> Iterator[Row]:
    """Yield the rows of a CSV file (RFC 4180; UTF-8, with or without a byte order mark; columns email or address, name, ...).

    Unless it is `raw`, the apostrophes come off that our exports put before what a spreadsheet takes for a formula.

    Raises InputError, with the line, for a file that is not UTF-8, holds NUL, has no column of addresses, or is not CSV.
    """
    source = getattr(file, "name", "list")
    reader = csv.reader(_decoded(file, source))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, source)
        for values in reader:
            if any(value.strip() for value in values):
                cells = values if raw else map(csv_guard.unguarded, values)
                yield Row(dict(zip(header, cells, strict=False)), reader.line_num)
    except csv.Error as error:
        raise InputError(f"this is not CSV: {error}", where=f"{source}:{reader.line_num}") from None


def import_subscribers(
    database: Database,
    *,
    clock: Clock,
    publication: str,
    rows: Iterable[Mapping[str, str]],
    consent: str,
    confirmed: bool,
    place: str,
) -> ImportReport:
    """Store the readers of a list; all of them or, when the list breaks off, none.

    A row that cannot be used is reported and does not stop the rest. Not `confirmed`: readers stay pending and get no mail.
    `consent` says in words how they agreed, and is kept with each. Raises InputError when it is empty, NotFoundError.
    """
    if not consent.strip():
        raise InputError(
            "an import needs the readers' consent in words", remedy='such as "asked at the fair, May 2026"'
        )
    report = ImportReport(pending=not confirmed)
    # Read to the end first: a broken list is known before the ledger's write lock is taken.
    people = list(readable(rows, report.invalid))
    with database.write() as session:
        found = publications.get(session, publication)
        terms = _Terms(found.id, confirmed, consent, place, clock.now())
        subscribers.take_turn(session)
        for batch in batches(people):
            _store(session, batch, terms, report)
    return report


def _decoded(file: BinaryIO, source: str) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError(
                "this is not UTF-8 text", where=f"{source}:{number}", remedy="save the list as CSV in UTF-8"
            ) from None
        if "\0" in text:
            raise InputError(
                "a NUL octet: this is not a text file",
                where=f"{source}:{number}",
                remedy="save the list as CSV in UTF-8",
            )
        yield text


def _check_header(header: Sequence[str], source: str) -> None:
    if not any(name in header for name in _ADDRESS_COLUMNS):
        raise InputError(
            "there is no column of addresses", where=f"{source}:1", remedy="name one column `email`, such as email,name"
        )


def readable(rows: Iterable[Mapping[str, str]], invalid: list[tuple[int, str]]) -> Iterator[NewSubscriber]:
    """Yield the person of each row; a row that cannot be used is added to `invalid` as (line, what is wrong)."""
    for number, row in enumerate(rows, start=1):
        address = next((row[name] for name in _ADDRESS_COLUMNS if row.get(name)), "")
        try:
            yield read_reader(address, row.get("name") or "")
        except InputError as error:
            invalid.append((getattr(row, "line", number), error.what))


def _store(session: Session, batch: Sequence[NewSubscriber], terms: _Terms, report: ImportReport) -> None:
    people = {
        person.address_hash: person for person in reversed(batch)
    }  # of two rows with one address the first counts
    report.known += len(batch) - len(people)
    held = suppressions.suppressed_among(session, people.keys(), terms.publication_id, terms.now)
    report.suppressed += len(held)
    welcome = sorted((p for key, p in people.items() if key not in held), key=lambda p: p.address_hash)
    ids = subscribers.ensure(session, welcome, terms.now).values()
    _subscribe(session, list(ids), terms, report)


def _subscribe(session: Session, subscriber_ids: list[int], terms: _Terms, report: ImportReport) -> None:
    state = SubscriptionState.ACTIVE if terms.confirmed else SubscriptionState.PENDING
    new = subscriptions.add_missing(session, terms.publication_id, subscriber_ids, state, terms.now)
    old = subscriptions.standing_of(session, terms.publication_id, [i for i in subscriber_ids if i not in new])
    waiting = [s.id for s in old.values() if s.state is SubscriptionState.PENDING and terms.confirmed]
    gone = sum(s.state is SubscriptionState.UNSUBSCRIBED for s in old.values())
    report.added += len(new)
    report.confirmed += len(waiting)
    report.unsubscribed += gone
    report.known += len(old) - len(waiting) - gone
    subscriptions.activate(session, waiting, terms.now)
    consents.add(
        session,
        [*new.values(), *waiting],
        ConsentAction.IMPORTED,
        at=terms.now,
        place=terms.place,
        wording=terms.consent,
    )
    session.expunge_all()  # a hundred thousand rows need not stay in memory
