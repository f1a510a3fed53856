"""What a worker does of a list of readers: say what it is and do it all as a dry run, or move it in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import IO, Any

from newsletter.audience.import_report import ImportReport
from newsletter.audience.importing import Importing
from newsletter.audience.list_file import NO_ADDRESSES
from newsletter.audience.list_moves import choices_of
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.move_run import MoveRun
from newsletter.audience.moving.error_files import ErrorFiles
from newsletter.audience.moving.opening import Meter, opened
from newsletter.audience.moving.recognising import Recognised, SaidOfFiles, recognise
from newsletter.audience.moving.survey import survey, survey_of_headers
from newsletter.errors import InputError, NewsletterError

_MOST_TOLD = 100
"""Rows of which a kept report says what was wrong; the files of errors have all."""


class ListRun:
    """One run of a list."""

    def __init__(self, importing: Importing, run: MoveRun) -> None:
        self._importing, self._run = importing, run
        self._choices, self._meter = choices_of(run.move), Meter()
        self._survey: dict[str, Any] = {}

    def do(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Look at the list in a dry run, or move it in; return what it is and what came of it. Raises NewsletterError."""
        is_dry = self._run.is_dry
        with self._lists(passes=2 if is_dry else 1) as found:
            if is_dry:
                self._survey = self._looked_at(found)
            else:
                self._survey = self._run.move.survey
            report, names = self._import(found, dry_run=is_dry)
        self._note()
        return self._survey, _told(report, names)

    def _looked_at(self, found: Recognised) -> dict[str, Any]:
        defined = self._importing.defined_fields(self._run.move.publication_id)
        return survey(found, self._choices.states, lambda _: self._note(), defined)

    def survey_after(self, error: NewsletterError) -> dict[str, Any]:
        """Return what was found out of the columns before a trouble."""
        if error.what == NO_ADDRESSES and not self._survey:
            return self._headers()
        return self._survey

    @contextmanager
    def _lists(self, *, passes: int) -> Iterator[Recognised]:
        with ExitStack() as stack:
            files = [self._run.named(each) for each in stack.enter_context(opened([str(self._run.path)]))]
            said = SaidOfFiles(self._choices.product, self._choices.list_id, self._choices.mapping)
            found = recognise(files, said)
            lists = [replace(each, file=self._meter.over(each.file)) for each in found.lists]
            self._note(at_once=True, octets_due=passes * sum(each.file.octets for each in lists))
            yield Recognised(lists, found.others)

    def _import(self, found: Recognised, *, dry_run: bool) -> tuple[ImportReport, list[str]]:
        move = self._run.move
        consent = str(move.choices.get("consent", ""))
        said = ListTerms(f"move-in {move.file_name}"[:200], consent, self._choices.states, confirmed=True)
        with ErrorFiles(partial(self._made, iter(range(10_000)))) as wrong:
            report = self._importing.move_in(
                found.lists,
                said,
                publication_id=move.publication_id,
                by=self._run.by(),
                dry_run=dry_run,
                watching=Watching(self._read, unusable=wrong.write, stored=self._stored),
            )
        return report, wrong.names

    def _made(self, numbers: Iterator[int], _name: str) -> AbstractContextManager[IO[str]]:
        return self._run.made(f"{next(numbers)}.errors.csv")

    def _read(self, rows: int) -> None:
        self._note(rows=rows)

    def _stored(self, done: int, due: int) -> None:
        self._note(stored=done, stored_due=due)

    def _note(self, *, at_once: bool = False, **values: int) -> None:
        self._run.note(at_once=at_once, octets_read=self._meter.octets, **values)

    def _headers(self) -> dict[str, Any]:
        try:
            with opened([str(self._run.path)]) as files:
                return survey_of_headers([self._run.named(each) for each in files])
        except InputError:
            return {}


def _told(report: ImportReport, error_files: list[str]) -> dict[str, Any]:
    told = report.told() | {"error_files": error_files}
    for name in ("invalid", "changed"):
        told[name] = told[name][:_MOST_TOLD]
    told["unknown"] = dict(list(told["unknown"].items())[:_MOST_TOLD])
    for each in told["lists"]:
        each["words"] = each["words"][:_MOST_TOLD]
    told["lists"] = told["lists"][:_MOST_TOLD]
    return told
