"""Import readers from lists: read to their end first, then stored in bulk, without ever bringing back someone who left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.import_report import ImportReport
from newsletter.audience.list_file import EMAIL
from newsletter.audience.lists_reading import (
    UNWATCHED,
    ListsReading,
    ListTerms,
    OpenedList,
    Watching,
    defined_kinds,
    given,
    no_consent,
    recognised,
)
from newsletter.audience.moving.recognising import RecognisedList
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.audience import reader_fields
from newsletter.store.audience.admitted_records import ImportTerms
from newsletter.store.audience.admitting import admit
from newsletter.store.audience.staging import Stage, staging
from newsletter.store.audience.subscribers import NewSubscriber
from newsletter.store.database import Database
from newsletter.store.publications import publications

_CHUNK = 20_000


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
        """Store the readers of one list, as `move_in` does those of several."""
        watching = Watching(progress=progress)
        return self._import(
            [given(rows)], said, publication_id=publication_id, by=by, dry_run=dry_run, watching=watching
        )

    def move_in(
        self,
        lists: Sequence[RecognisedList],
        said: ListTerms,
        *,
        publication_id: int,
        by: Actor,
        dry_run: bool = False,
        watching: Watching = UNWATCHED,
    ) -> ImportReport:
        """Store the readers of lists; all of them or, when a list breaks off or is at fault, none. Run again after a kill, it ends the same.

        A row that cannot be used is reported and does not stop the rest. Of several rows of one person the worst standing counts. On a
        dry run nothing is stored, and the report says what would be. Raises InputError when consent or a meaning lacks, ForbiddenError.
        """
        opened = [recognised(each) for each in lists]
        return self._import(opened, said, publication_id=publication_id, by=by, dry_run=dry_run, watching=watching)

    def defined_fields(self, publication_id: int) -> frozenset[str]:
        """Return the keys of a publication's fields of which somebody said what they hold."""
        with self.database.read() as session:
            return defined_kinds(reader_fields.listed(session, publication_id))

    def _import(
        self,
        lists: Sequence[AbstractContextManager[OpenedList]],
        said: ListTerms,
        *,
        publication_id: int,
        by: Actor,
        dry_run: bool,
        watching: Watching,
    ) -> ImportReport:
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            publications.see_open(session, publication_id)
        with staging(self.database) as stage:
            run = ListsReading(self.database, publication_id, stage, said, self.clock.now(), by, watching)
            own = run.read_all(lists)
            report = run.report
            if not own and not dry_run:
                _check_consent(said, report)
            report.known += stage.settle()
            run.tell_rows()
            wording = said.consent or "As the list tells"
            terms = ImportTerms(publication_id, run.now, said.place[:200], wording, own=own, ask=said.ask)
            stored = partial(_stored, watching, stage)
            for session, first, last in stage.chunks(_CHUNK, dry_run=dry_run, after=stored):
                reader_fields.add_fields(session, publication_id, run.describing.new, run.now)
                admitted = admit(session, terms, first, last)
                report.count(admitted.people)
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


def _stored(watching: Watching, stage: Stage, done: int) -> None:
    watching.stored(done, stage.last)


def _check_consent(said: ListTerms, report: ImportReport) -> None:
    if report.unproven and not said.consent.strip():
        raise no_consent(report.unproven)


def _note(session: Session, by: Actor, terms: ImportTerms, report: ImportReport) -> None:
    """Write down the import once, with its last rows."""
    words = f"{report.added:,} added, {report.known:,} known, {report.ended:,} ended, {report.asked:,} to be asked"
    entries.of_list(session, by, "subscribers.import", terms.publication_id, at=terms.now, words=words)
