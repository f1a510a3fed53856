"""Gathering: a run over the sources of a publication that are due, from the question to the report."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, StoreError
from newsletter.fetch.fetcher import Fetcher
from newsletter.holder import holder, is_gone
from newsletter.model import Source
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState
from newsletter.sources import noting
from newsletter.sources.asking import SourceAsker
from newsletter.sources.asking_all import AskingAll, Found
from newsletter.sources.completing import ArxivCompleting
from newsletter.sources.outcomes import AskedSource, Outcome
from newsletter.sources.reporting import GatheringReport, report_of
from newsletter.sources.telling import SourceTeller
from newsletter.store import counters
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.delivery import leases
from newsletter.store.publications import publications
from newsletter.store.sources import gatherings
from newsletter.store.sources import sources as store

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=240)
"""Longer than a run can take; one whose process was killed on this machine is taken over at once."""

Choose = Callable[[Sequence[Source], datetime], Sequence[Source]]
"""The sources of a publication that are asked at all, and the moment -> those that one run is about."""
Offer = Callable[[Session, int, Sequence[tuple[Source, Outcome]], datetime], Mapping[int, int]]
"""A publication's id, sources of it with what they answered, and when -> how many candidates were new, by source; it writes them within the session."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun: what it is about, and the rows it began with."""

    gathering_id: int
    publication_id: int
    asked: tuple[AskedSource, ...]
    waiting: tuple[Source, ...]


@dataclass(frozen=True)
class _Wish:
    """Which sources a run asks, and whether it tells of the others that wait: one that is asked of a single source does not."""

    choose: Choose
    tells_waiting: bool = True


@dataclass(frozen=True)
class Gatherer:
    """The tools of gathering, put together once per process.

    `offer` takes what was read into the candidates, and `order` puts those of a publication in order when a run has ended.
    """

    database: Database
    clock: Clock
    fetcher: Callable[[], Fetcher]
    asking: SourceAsker
    asking_all: AskingAll
    completing: ArxivCompleting
    offer: Offer
    order: Callable[[int], object]
    teller: SourceTeller

    def gather(self, publication_id: int, *, by: Actor, source_id: int | None = None) -> GatheringReport:
        """Ask the sources of a publication now, or one of them also when it rests.

        Raises ForbiddenError, NotFoundError, ConflictError when others gather at this moment or the source is off.
        """
        wish = _Wish(all_but_the_limited) if source_id is None else _Wish(partial(_one, source_id), tells_waiting=False)
        return self._run(publication_id, by.person, wish, partial(self._write_down, by))

    def gather_due(self, publication_id: int, choose: Choose, stop: threading.Event | None = None) -> GatheringReport:
        """Ask the sources of a publication by the clock, those that are chosen, until `stop` is set. Raises as `gather` does."""
        return self._run(publication_id, "", _Wish(choose), lambda _session, _publication_id: None, stop)

    def _run(
        self,
        publication_id: int,
        by: str,
        wish: _Wish,
        allow: Callable[[Session, int], None],
        stop: threading.Event | None = None,
    ) -> GatheringReport:
        run = self._begin(publication_id, by, wish, allow)
        self._ask(run, stop)
        report = self._end(run)
        self._order(publication_id)
        self.teller.tell_resting(publication_id)
        log.info("gathered", gathering_id=run.gathering_id, asked=len(report.lines), missing=len(report.missing))
        return report

    def _begin(self, publication_id: int, by: str, wish: _Wish, allow: Callable[[Session, int], None]) -> Run:
        now = self.clock.now()
        with self.database.write() as session:
            publications.lock(session, publication_id)
            allow(session, publication_id)
            self._lease(session, publication_id, now)
            mine = store.asked_of(session, publication_id, limit=store.MOST)
            chosen = wish.choose(mine, now)
            begun = gatherings.begin(session, publication_id, now, by)
        asked = tuple(noting.as_asked(source, now) for source in chosen)
        ids = {source.id for source in chosen}
        others = mine if wish.tells_waiting else ()
        waiting = tuple(source for source in others if source.id not in ids and noting.is_waiting(source, now))
        return Run(begun.id, publication_id, asked, waiting)

    def _lease(self, session: Session, publication_id: int, now: datetime) -> None:
        name = lease_name(publication_id)
        before = leases.held_by(session, name, now)
        if is_gone(before):  # killed on this machine: nobody need wait for its lease
            leases.give_up(session, name, before, now - LEASE)
        if not leases.hold(session, name, holder(), now, now + LEASE):
            raise ConflictError(
                "the sources of this publication are being asked at this moment",
                remedy="it takes a minute or two: look at the report then",
            )

    def _ask(self, run: Run, stop: threading.Event | None) -> None:
        """Ask, and write down outcomes as they come, those that wait in one transaction with what was read."""
        with self.fetcher().keeping() as visits:
            ask = partial(self._ask_one, visits)
            complete = partial(self._complete_one, visits)
            with closing(self.asking_all.outcomes(run.asked, ask, complete, stop)) as outcomes:
                for found in outcomes:
                    if not self._record(run, found):
                        log.warning("a run was closed by another", gathering_id=run.gathering_id)
                        return

    def _ask_one(self, visits: object, asked: AskedSource, seconds: float) -> Outcome:
        return self.asking.ask(visits, asked, seconds=seconds)  # type: ignore[arg-type]

    def _complete_one(self, visits: object, asked: AskedSource, outcome: Outcome, seconds: float) -> Outcome:
        return self.completing.complete(visits, asked, outcome, seconds=seconds)  # type: ignore[arg-type]

    def _record(self, run: Run, found: Sequence[Found]) -> bool:
        try:
            return self._recorded(run, found)
        except StoreError:
            raise
        except Exception as error:
            if len(found) > 1:  # the others can be kept
                return all(self._record(run, [each]) for each in found)
            [(asked, outcome)] = found
            log.exception("an answer could not be kept for a reason nobody foresaw", source_id=asked.source_id)
            words = f"what it answered could not be kept: {type(error).__name__}"
            return self._recorded(run, [(asked, Outcome(GatherResult.BROKEN, words, octets=outcome.octets))])

    def _recorded(self, run: Run, found: Sequence[Found]) -> bool:
        """Write down outcomes, all or none; False when the run is not ours any more, and nothing was written."""
        now = self.clock.now()
        with self.database.write() as session:
            publications.lock(session, run.publication_id)  # before the sources, as whoever changes one does
            if not gatherings.hold_open(session, run.gathering_id):
                return False
            there = store.lock_all(session, [asked.source_id for asked, _ in found])
            answers = [
                (source, outcome)
                for asked, outcome in found
                if (source := there.get(asked.source_id)) is not None  # taken away meanwhile
                and source.state is not SourceState.OFF
                and source.address == asked.address
            ]
            new = self.offer(session, run.publication_id, answers, now)
            lines = [(source, noting.note(source, outcome, now)) for source, outcome in answers]
            gatherings.add_lines(session, [_line(run, said, each.id, new.get(each.id, 0)) for each, said in lines])
            counters.add(session, counters.SOURCES, Counter((str(said.result),) for _, said in lines), now)
        return True

    def _end(self, run: Run) -> GatheringReport:
        now = self.clock.now()
        with self.database.write() as session:
            if gatherings.hold_open(session, run.gathering_id):
                gatherings.add_lines(session, [_line(run, _waited(each), each.id, 0) for each in run.waiting])
                gatherings.end(session, run.gathering_id, now)
            leases.give_up(session, lease_name(run.publication_id), holder(), now - LEASE)
            ended = gatherings.by_id(session, run.gathering_id)
            if ended is None:
                raise ConflictError("the publication was taken away while its sources were asked")
            return report_of(session, ended)

    def _order(self, publication_id: int) -> None:
        """Put the candidates in order. Where that fails they are in the order of the run before: what was gathered is there."""
        try:
            self.order(publication_id)
        except Exception as error:
            log.exception("candidates could not be put in order", publication_id=publication_id, error=str(error))

    def _write_down(self, by: Actor, session: Session, publication_id: int) -> None:
        require(by, Right.WRITE, publication_id)
        home = publications.by_id(session, publication_id)
        subject = audit.Subject("publication", home.id, home.slug)
        audit.add(session, by, "publication.gather", subject, at=self.clock.now(), publication_id=home.id)


def lease_name(publication_id: int) -> str:
    """Return the name of the lease that lets one process gather for a publication."""
    return f"gather {publication_id}"


def all_but_the_limited(sources: Sequence[Source], now: datetime) -> Sequence[Source]:
    """Choose what a person means who asks by hand: also those that rest, and none that asked to be left alone."""
    limited = (GatherResult.LIMITED,)
    return [each for each in sources if not (noting.is_waiting(each, now) and each.last_result in limited)]


def all_that_do_not_wait(sources: Sequence[Source], now: datetime) -> Sequence[Source]:
    """Choose what the hour of a publication asks; those with a pace of their own only when their time has come."""
    return [each for each in sources if each.next_at is None or each.next_at <= now]


def hourly_ones(sources: Sequence[Source], now: datetime) -> Sequence[Source]:
    """Choose those with a pace of their own whose time has come."""
    return [each for each in all_that_do_not_wait(sources, now) if each.every_minutes]


def _one(source_id: int | None, sources: Sequence[Source], _now: datetime) -> Sequence[Source]:
    chosen = [each for each in sources if each.id == source_id]
    if not chosen:
        raise ConflictError(
            "this source is not asked", remedy="it is off, of another publication, or has no address: `source show`"
        )
    return chosen


def _waited(source: Source) -> Outcome:
    until = f"{source.next_at:%Y-%m-%d %H:%M} UTC" if source.next_at else "later"
    words = f"not asked until {until}: {source.last_words}"
    return Outcome(source.last_result or GatherResult.REFUSED, words)


def _line(run: Run, outcome: Outcome, source_id: int, new: int) -> dict[str, object]:
    return {
        "gathering_id": run.gathering_id,
        "source_id": source_id,
        "result": outcome.result,
        "words": outcome.words[: noting.MOST_WORDS],
        "found": outcome.found,
        "new": new,
        "milliseconds": outcome.milliseconds,
        "octets": outcome.octets,
    }
