"""Import readers from a list: read to its end first, then stored in bulk, without ever bringing back someone who left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries, own_list
from newsletter.audience.list_file import EMAIL, plain_name
from newsletter.audience.reader import MOST_NAME_CHARS, read_reader
from newsletter.audience.standings import RowVerdict, Standings, standings_of
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.audience.admitting import ImportTerms, admit
from newsletter.store.audience.staging import Stage, StagedRecord, StagedRow, StagedRule, Standing, staging
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.database import Database
from newsletter.store.inserting import batches
from newsletter.store.publications import publications

MOST_TOLD = 10_000
"""Rows of which a report keeps what was wrong; it counts them all."""
_CHUNK = 20_000
_BATCH = 2_000
_SAMPLE = 1_000
_NAMES = ("name", "fullname", "displayname", "nickname")
_FIRST = ("firstname", "fname", "givenname", "vorname", "prenom", "nombre", "nome")
_LAST = ("lastname", "lname", "surname", "familyname", "nachname", "nom", "apellido", "apellidos", "cognome")
_WRAPPED = re.compile(r'"?([^"<>@]{0,200})"? ?<([^<>\s]{1,400})>')
_Staged = tuple[StagedRow, list[StagedRecord], list[StagedRule]]


@dataclass(slots=True)
class ImportReport:
    """What became of each row: rows == added + known + confirmed + unsubscribed + suppressed + ended + left_out + unusable."""

    pending: bool  # True: readers added here get no mail until they confirm
    added: int = 0  # whatever their standing; `standings` tells which
    known: int = 0  # subscribed before, or twice in the list
    confirmed: int = 0  # were pending, and the list proves their opt-in
    unsubscribed: int = 0  # left before; left alone
    suppressed: int = 0  # must not be mailed; not stored
    ended: int = 0  # were subscribed here, and the list says that they left
    left_out: int = 0
    unusable: int = 0
    asked: int = 0  # of the pending: one mail will ask them whether they want it
    standings: dict[str, int] = field(default_factory=dict)  # of those added
    unknown: dict[str, int] = field(default_factory=dict)  # words that nobody explained, as COLUMN:WORD
    invalid: list[tuple[int, str]] = field(default_factory=list)  # (line, what is wrong), the first 10,000
    changed: list[tuple[int, str]] = field(default_factory=list)  # (line, what was made fit), the first 10,000

    @property
    def useless(self) -> bool:
        """Whether no row could be used."""
        used = self.added + self.known + self.confirmed + self.unsubscribed + self.suppressed + self.ended
        return not used and not self.left_out


@dataclass
class _Reading:
    """How the rows of one list are read."""

    source: str
    columns: Sequence[str]
    standings: Standings
    confirmed: bool
    now: datetime
    report: ImportReport

    def __post_init__(self) -> None:
        plain = {plain_name(name): name for name in reversed(self.columns)}
        self._whole = next((plain[name] for name in _NAMES if name in plain), "")
        self._parts = [next((plain[n] for n in names if n in plain), "") for names in (_FIRST, _LAST)]
        self.own = own_list.is_own(self.columns)

    def staged(self, rows: Iterable[Mapping[str, str]]) -> Iterator[_Staged]:
        """Yield what each row says; a row that cannot be used is told."""
        for number, row in enumerate(rows, start=1):
            line = getattr(row, "line", number)
            if self.own and len(row) < len(self.columns):
                raise InputError("this row breaks off", where=f"{self.source}:{line}", remedy="export the list anew")
            try:
                found = own_list.read_row(number, row) if self.own else self._foreign(number, line, row)
            except InputError as error:
                if error.where == "--state":
                    raise
                self.report.unusable += 1
                _tell(self.report.invalid, line, error.what)
                continue
            if found is None:
                self.report.left_out += 1
            else:
                yield found

    def _foreign(self, number: int, line: int, row: Mapping[str, str]) -> _Staged | None:
        verdict = self.standings.read(row)
        if verdict.skipped and verdict.standing in (None, Standing.ACTIVE, Standing.PENDING):
            return None
        address, name = _unwrapped(row.get(EMAIL) or row.get("address") or "", self._name(row))
        if len(name) > MOST_NAME_CHARS:
            name = name[:MOST_NAME_CHARS].strip()
            _tell(self.report.changed, line, f"the name was cut to {MOST_NAME_CHARS} characters")
        person, standing = read_reader(address, name), self._standing(verdict)
        whom = (number, person.address, person.address_hash, person.domain, person.name)
        if standing is Standing.SUPPRESSED:
            return StagedRow(*whom, standing), [], [StagedRule(number, False, verdict.reason, self.now)]
        return StagedRow(*whom, standing, verdict.left_at), [], []

    def _standing(self, verdict: RowVerdict) -> Standing:
        best = Standing.ACTIVE if self.confirmed else Standing.PENDING
        return best if verdict.standing in (None, Standing.ACTIVE) else verdict.standing

    def _name(self, row: Mapping[str, str]) -> str:
        whole = (row.get(self._whole) or "").strip()
        return whole or " ".join(filter(None, ((row.get(part) or "").strip() for part in self._parts if part)))


@dataclass(frozen=True, slots=True)
class ListTerms:
    """What is said of a list.

    `consent` says in words how its readers agreed, and is kept with each; `states` ([COLUMN:]WORD=MEANING) say what its words of
    standing mean: our own export tells both itself. Not `confirmed`: readers stay pending and get no mail, but with `ask` one
    that asks whether they want it.
    """

    place: str
    consent: str = ""
    states: Sequence[str] = ()
    confirmed: bool = False
    ask: bool = False


@dataclass(frozen=True)
class Importing:
    """The tools of importing, put together once per process."""

    database: Database
    clock: Clock

    def import_list(
        self,
        rows: Iterable[Mapping[str, str]],
        said: ListTerms,
        *,
        publication_id: int,
        by: Actor,
        dry_run: bool = False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> ImportReport:
        """Store the readers of a list; all of them or, when the list breaks off or is at fault, none. Run again after a kill, it ends the same.

        A row that cannot be used is reported and does not stop the rest. On a dry run nothing is stored, and the report says what
        would be. Raises InputError when consent or a meaning lacks, ForbiddenError.
        """
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            publications.see_open(session, publication_id)
        report = ImportReport(pending=not said.confirmed)
        reading, rows = _open(rows, said, self.clock.now(), report)
        wording = said.consent or "As our own list tells"
        terms = ImportTerms(publication_id, reading.now, said.place[:200], wording, own=reading.own, ask=said.ask)
        with staging(self.database) as stage:
            _stage(stage, reading.staged(rows), by, progress)
            report.unknown = {f"{column}:{word}": n for (column, word), n in reading.standings.unknown.items()}
            report.known += stage.settle()
            for session, first, last in stage.chunks(_CHUNK, dry_run=dry_run):
                admitted = admit(session, terms, first, last)
                _count(report, admitted.people)
                report.asked += admitted.asked
                if last >= stage.last:
                    _note(session, by, terms, report)
        return report


def readable(rows: Iterable[Mapping[str, str]], invalid: list[tuple[int, str]]) -> Iterator[NewSubscriber]:
    """Yield the person of each row; a row that cannot be used is added to `invalid` as (line, what is wrong)."""
    for number, row in enumerate(rows, start=1):
        try:
            yield read_reader(row.get(EMAIL) or row.get("address") or "", row.get("name") or "")
        except InputError as error:
            invalid.append((getattr(row, "line", number), error.what))


def _open(
    rows: Iterable[Mapping[str, str]], said: ListTerms, now: datetime, report: ImportReport
) -> tuple[_Reading, Iterator[Mapping[str, str]]]:
    columns, source, remaining = getattr(rows, "columns", None), getattr(rows, "source", ""), iter(rows)
    sample = list(islice(remaining, _SAMPLE))
    if columns is None:
        columns = list(dict.fromkeys(name for row in sample for name in row))
    own = own_list.is_own(columns)
    if own and said.states:
        raise InputError("this list is an export of ours and says itself who stands where", where="--state")
    standings = standings_of([] if own else columns, "" if own else source, said.states)
    standings.check(sample)
    if not own and not said.consent.strip():
        raise InputError(
            "an import needs the readers' consent in words", remedy='such as "asked at the fair, May 2026"'
        )
    return _Reading(source, columns, standings, said.confirmed, now, report), chain(sample, remaining)


def _stage(stage: Stage, staged: Iterator[_Staged], by: Actor, progress: Callable[[int], None]) -> None:
    count = 0
    for batch in batches(staged, _BATCH):
        if any(rule.everywhere for _, _, rules in batch for rule in rules):
            require(by, Right.MANAGE_AUDIENCE, None)  # it rules people out for every publication
        stage.add(
            [row for row, _, _ in batch],
            [record for _, records, _ in batch for record in records],
            [rule for _, _, rules in batch for rule in rules],
        )
        count += len(batch)
        progress(count)


def _note(session: Session, by: Actor, terms: ImportTerms, report: ImportReport) -> None:
    """Write down the import once, with its last rows."""
    words = f"{report.added:,} added, {report.known:,} known, {report.ended:,} ended, {report.asked:,} to be asked"
    entries.of_list(session, by, "subscribers.import", terms.publication_id, at=terms.now, words=words)


def _count(report: ImportReport, found: Mapping[tuple[bool, Standing, str], int]) -> None:
    for (held, standing, was), number in found.items():
        if held or standing is Standing.SUPPRESSED:
            report.suppressed += number
        elif not was:
            report.added += number
            name = "pending" if standing is Standing.UNKNOWN else standing.name.lower()
            report.standings[name] = report.standings.get(name, 0) + number
        elif was == "left":
            report.ended += number
        elif was == SubscriptionState.UNSUBSCRIBED:
            report.unsubscribed += number
        elif was == SubscriptionState.PENDING and standing is Standing.ACTIVE:
            report.confirmed += number
        else:
            report.known += number


def _unwrapped(address: str, name: str) -> tuple[str, str]:
    """Take the address out of `Name <a@b>`, `<a@b>` and `mailto:a@b`."""
    given = address.strip()
    found = _WRAPPED.fullmatch(given)
    if found:
        return found[2], name or found[1].strip()
    return (given[7:] if given[:7].lower() == "mailto:" else given), name


def _tell(told: list[tuple[int, str]], line: int, what: str) -> None:
    if len(told) < MOST_TOLD:
        told.append((line, what))
