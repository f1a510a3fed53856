"""The scheduler's part of the slot: schedule the approved issue for its hour, warn where there is none, and say when the hour passed.

From half an hour before its hour on, or from the first warning on if that is earlier, the one approved draft of the day is scheduled
for that moment, by the same step as by hand. Everything is noted in the transaction that does it, so that the scheduler may be
killed at any moment and nothing goes twice. Late, after an outage, goes only what was approved in time, and for a few hours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock, NowAndThen
from newsletter.errors import InputError, NewsletterError, QueueError, StoreError
from newsletter.issues.publishing import Publishing
from newsletter.issues.slot_alarms import SlotAlarms
from newsletter.issues.slot_choice import SlotChoice, choose
from newsletter.model import Publication
from newsletter.model.actor import SCHEDULER
from newsletter.queue import Job, Queue
from newsletter.slots import slot_of
from newsletter.store.database import Database
from newsletter.store.issues import slots
from newsletter.zones import day_of

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
"""How often it is looked whose hour comes."""
TAKEN_BEFORE = timedelta(minutes=30)
LATEST = timedelta(hours=6)
"""How late, after an outage, the slot still takes what was approved in time."""
KEPT_DAYS = 400
FORGET_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class SlotDue:
    """A slot that is to be looked at: whose, of which day, and when it goes."""

    publication_id: int
    day: date
    at: datetime
    warnings: tuple[int, ...]


@dataclass
class SlotRounds:
    """What the scheduler does for slots: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    queue: Queue
    publishing: Publishing
    alarms: SlotAlarms
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)
    _forgetting: NowAndThen = field(default_factory=lambda: NowAndThen(FORGET_SECONDS), init=False)

    def tick(self) -> None:
        """Look now and then at each slot that is near. One that cannot be looked at keeps no other from it. Raises StoreError."""
        if not self._looking.is_time(self.clock):
            return
        for due in self.near():
            try:
                self.look_at(due)
            except StoreError:
                raise
            except NewsletterError as error:
                log.warning("a slot cannot be kept", publication_id=due.publication_id, error=str(error))
        if self._forgetting.is_time(self.clock):
            with self.database.write() as session:
                slots.forget_turns(session, (self.clock.now() - timedelta(days=KEPT_DAYS)).date())

    def near(self) -> list[SlotDue]:
        """Return the slots whose first warning or taking has come, and that are not long past."""
        now = self.clock.now()
        with self.database.read() as session:
            return [due for home in slots.sending_by_themselves(session) for due in _near(session, home, now)]

    def look_at(self, due: SlotDue) -> None:
        """Take the approved issue, or warn, or say that the hour passed; whatever was done before is not done again."""
        now = self.clock.now()
        with self.database.read() as session:
            home = session.get_one(Publication, due.publication_id)
            turn = slots.turn(session, home.id, due.day)
            found = choose(session, home, due.day, turn)
        in_time = found.approved_at is not None and found.approved_at <= due.at
        if found.issue is None or (now > due.at and not in_time):
            self._tell_of_none(due, found, now)
        elif now >= due.at - TAKEN_BEFORE:
            self._take(due, found, now)

    def _take(self, due: SlotDue, found: SlotChoice, now: datetime) -> None:
        assert found.issue is not None
        try:
            self.publishing.schedule(
                found.issue.id,
                max(due.at, now),
                despite=found.despite,
                along=partial(self._note, due, found),
                by=SCHEDULER,
            )
        except StoreError:
            raise
        except NewsletterError as error:
            why = f"“{found.issue.slug}” is approved, and cannot go: {error.what}"
            self._tell(due, SlotChoice(why=why, about=found.issue.id, approved=True), now, passed=now >= due.at)
            return
        log.info("the slot took an issue", issue_id=found.issue.id, due=due.at.isoformat())

    def _note(self, due: SlotDue, found: SlotChoice, session: Session) -> None:
        """Note in the transaction that schedules it which issue the slot took, and when."""
        assert found.issue is not None
        turn = slots.locked_turn(session, due.publication_id, due.day, due.at)
        turn.issue_id, turn.taken_at, turn.trouble = found.issue.id, self.clock.now(), ""
        self.alarms.end(session, due.publication_id, due.day)

    def _tell_of_none(self, due: SlotDue, found: SlotChoice, now: datetime) -> None:
        if found.served:
            with self.database.write() as session:
                self.alarms.end(session, due.publication_id, due.day)
            return
        if found.issue is not None:
            found = SlotChoice(why=f"“{found.issue.slug}” was approved after its hour", about=found.issue.id)
        passed = now >= due.at
        if passed or any(now >= due.at - timedelta(minutes=minutes) for minutes in due.warnings):
            self._tell(due, found, now, passed=passed)

    def _tell(self, due: SlotDue, found: SlotChoice, now: datetime, *, passed: bool) -> None:
        """Warn once at each of the chosen minutes, at anything new that is in the way of an approved one, and once when the hour passed."""
        reached = [minutes for minutes in due.warnings if now >= due.at - timedelta(minutes=minutes)]
        with self.database.write() as session:
            turn = slots.locked_turn(session, due.publication_id, due.day, due.at)
            is_new = bool(reached) and (turn.warned is None or min(reached) < turn.warned)
            is_other = found.approved and found.about is not None and found.why != turn.trouble
            if passed and turn.passed_at is None:
                turn.passed_at = now
            elif not (not passed and (is_new or is_other)):
                return
            turn.warned, turn.trouble = min(reached) if reached else turn.warned, found.why
            ids = self.alarms.tell(session, due.publication_id, due.day, due.at, found, passed=passed)
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)


def _near(session: Session, home: Publication, now: datetime) -> Iterator[SlotDue]:
    """Yield the slots of a publication that are near; none where this machine does not know its zone, which is written to the log."""
    slot = slot_of(home.slot_hour, home.slot_weekdays, home.slot_warnings, home.time_zone)
    ahead = max([TAKEN_BEFORE, *(timedelta(minutes=minutes) for minutes in slot.warnings)])
    try:
        today = day_of(now, home.time_zone)
        for day in (today + timedelta(days=number) for number in range(-1, 3)):
            moment = slot.moment_on(day) if slot.sends_on(day) else None
            if moment is None or not moment - ahead <= now <= moment + LATEST:
                continue
            if day not in slots.skip_days(session, home.id, day, limit=1):
                yield SlotDue(home.id, day, moment, slot.warnings)
    except InputError as error:
        log.warning("the slot of a publication cannot be told", publication_id=home.id, error=str(error))
