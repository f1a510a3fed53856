"""Alarms: tell of what stands by the second way, again and again with growing pauses, until it is seen or mended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import NotFoundError, UnavailableError
from newsletter.model import Alarm, Issue, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import Right
from newsletter.store import alarms as store
from newsletter.store.accounts import audit
from newsletter.store.database import Database

if TYPE_CHECKING:
    from newsletter.transports.alert_hook import AlertHook

log = structlog.get_logger(__name__)

FIRST_AGAIN, LONGEST_AGAIN = timedelta(hours=1), timedelta(hours=24)
"""Pauses between two tellings of what stands and nobody has seen: they double."""
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(hours=1)
"""Pauses after a telling that failed: they double."""
MOST_A_ROUND = 3
"""So many are told in one round: each may take seconds, and the scheduler has other work."""
_TURN = timedelta(seconds=30)
"""So long nobody else tells of it: whoever does may have died."""


def see(database: Database, *, clock: Clock, alarm_id: int, by: Actor) -> Alarm:
    """Note that somebody has seen an alarm: mails and calls about it end, and it stands no longer unless its cause does.

    It takes the right to send where it concerns one publication, else to manage the service. Raises NotFoundError, ForbiddenError.
    """
    now = clock.now()
    with database.write() as session:
        alarm = store.by_id(session, alarm_id)
        if alarm is not None:
            require(by, *right_over(alarm))
            alarm = store.see(session, alarm_id, now, by.id if by.kind is ActorKind.EDITOR else None)
        if alarm is None:
            raise NotFoundError(f"no alarm {alarm_id} stands", remedy="`newsletter alarm list` shows what does")
        subject = audit.Subject("alarm", alarm.id, alarm.cause)
        audit.add(session, by, "alarm.seen", subject, at=now, publication_id=alarm.publication_id, new=alarm.title)
    return alarm


def right_over(alarm: Alarm) -> tuple[Right, int | None]:
    """Return which right it takes to mark an alarm as seen, and where."""
    return (Right.MANAGE_SERVICE if alarm.publication_id is None else Right.SEND), alarm.publication_id


@dataclass(frozen=True)
class Alarms:
    """What the scheduler does for alarms. Without a `hook` they stand on the desk, in doctor and in mails alone."""

    database: Database
    clock: Clock
    hook: AlertHook | None = None

    def tick(self) -> None:
        """End what is mended, and tell of what is due."""
        self.end_mended()
        for _ in range(MOST_A_ROUND if self.hook else 0):
            if not self.tell_one():
                return

    def end_mended(self) -> list[str]:
        """End the alarms whose cause is mended; return their causes."""
        with self.database.read() as session:
            if not store.standing(session):
                return []
        with self.database.write() as session:
            ended = store.end_mended(session, self.clock.now())
        for cause in ended:
            log.info("an alarm has ended", cause=cause)
        return ended

    def tell_one(self) -> bool:
        """Tell of the alarm that is due, if there is one; whether it was taken decides when its next turn comes."""
        now = self.clock.now()
        with self.database.write() as session:
            alarm = store.take_turn(session, now, now + _TURN)
            body = _body(session, alarm) if alarm else None
        if alarm is None or body is None or self.hook is None:
            return False
        try:
            self.hook.post(body)
        except UnavailableError as error:
            log.warning("an alarm could not be told", alarm_id=alarm.id, error=str(error))
            self._note(alarm, worked=False)
            return False
        self._note(alarm, worked=True)
        return True

    def _note(self, told: Alarm, *, worked: bool) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            alarm = store.by_id(session, told.id)
            if alarm is None:
                return
            alarm.failed = 0 if worked else alarm.failed + 1
            alarm.told += worked
            if alarm.tell_at is not None and (alarm.ended_at is None) == (
                told.ended_at is None
            ):  # else it was seen or ended meanwhile
                alarm.tell_at = _next(alarm, now, worked=worked)


def _next(alarm: Alarm, now: datetime, *, worked: bool) -> datetime | None:
    if not worked:
        return now + _doubled(FIRST_RETRY, alarm.failed, LONGEST_RETRY)
    return None if alarm.ended_at is not None else now + _doubled(FIRST_AGAIN, alarm.told, LONGEST_AGAIN)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    wait: timedelta = first * 2 ** min(times - 1, 10)
    return min(longest, wait)


def _body(session: Session, alarm: Alarm) -> dict[str, object]:
    """What is posted. `text` is what Slack, Mattermost and their like show."""
    issue = session.get(Issue, alarm.issue_id) if alarm.issue_id else None
    publication = session.get(Publication, alarm.publication_id) if alarm.publication_id else None
    mended = alarm.ended_at is not None
    lines = [f"Mended: {alarm.title}"] if mended else [alarm.title, alarm.what, alarm.remedy, alarm.url]
    return {
        "text": "\n\n".join(line for line in lines if line),
        "state": "mended" if mended else "standing",
        "title": alarm.title,
        "what": alarm.what,
        "where": alarm.url,
        "remedy": alarm.remedy,
        "since": alarm.since.astimezone(UTC).isoformat(),
        "issue": issue.slug if issue else "",
        "publication": publication.slug if publication else "",
    }


def standing(database: Database) -> list[Alarm]:
    """Return what stands, newest first."""
    with database.read() as session:
        return list(store.standing(session))


def unseen(database: Database) -> list[Alarm]:
    """Return what stands and nobody has seen, newest first."""
    with database.read() as session:
        return list(store.unseen(session))
