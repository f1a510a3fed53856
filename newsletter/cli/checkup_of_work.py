"""What the doctor looks at of those who work: the clock they share, and who holds what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from newsletter.bootstrap import Parts
from newsletter.cli.verdicts import Result
from newsletter.config import misspelt
from newsletter.delivery import at_work as room
from newsletter.delivery import signs_of_life, unattended
from newsletter.delivery.clock_skew import TOLERATED
from newsletter.store import alarms as store_alarms
from newsletter.store.clock_skew import server_time

_MOST_ALIVE = 30


def clock(parts: Parts) -> Iterable[Result]:
    """Compare the clock with this release's date, and with those of database and broker."""
    # The files of this release were written in the past: a clock before that is wrong, and would sign links that live too long.
    written = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    now = parts.clock.now()
    wrong = list(_differing(parts))
    if now < written:
        wrong.insert(0, "before this release")
    if wrong:
        said = f"it says {now:%Y-%m-%d %H:%M:%S} UTC, {', and '.join(wrong)}"
        yield Result("clock", "wrong", said, "set it, and keep the clocks of all hosts by NTP")
    else:
        yield Result("clock", "good", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def settings(_parts: Parts) -> Iterable[Result]:
    """Tell names that are misspelt: nothing else would."""
    found = misspelt()
    for name, alike in found:
        remedy = f"did you mean {alike}?" if alike else "`newsletter doctor --settings` lists all settings"
        yield Result("settings", "doubtful", f"{name} is no setting, and nothing reads it", remedy)
    if not found:
        yield Result("settings", "good", "every name is known")


def at_work(parts: Parts) -> Iterable[Result]:
    """Say whether anybody works on what is due, who is the scheduler, who gives signs of life, and who holds batches."""
    if absence := unattended.absence(parts.database, clock=parts.clock):
        yield Result("at work", "wrong", absence.what, absence.remedy)
    seconds = parts.settings.lease_seconds
    yield _scheduler(parts, seconds)
    yield from _alive(parts)
    for held in room.batches(parts.database):
        if room.is_beyond(held, parts.clock, seconds):
            remedy = "who is not there any more loses them in a minute; see that the clocks of all hosts are right"
            yield Result("at work", "doubtful", f"a clock was ahead: {held.what}: {held}", remedy)
        else:
            yield Result("at work", "good", f"{held.what}: {held}")


def _scheduler(parts: Parts, lease_seconds: float) -> Result:
    scheduler, now = room.scheduler(parts.database), parts.clock.now()
    if scheduler is None or scheduler.until < now or scheduler.gone:
        return Result("at work", "good", "nobody is the scheduler at this moment")
    if room.is_beyond(scheduler, parts.clock, lease_seconds):
        remedy = "the lease is void and the next scheduler takes it; see that the clocks of all hosts are right"
        return Result("at work", "doubtful", f"a clock was ahead: scheduler is {scheduler}", remedy)
    return Result("at work", "good", f"scheduler is {scheduler}")


def _alive(parts: Parts) -> Iterable[Result]:
    """Each worker and scheduler of the last day, those first that do not work."""
    found = sorted(signs_of_life.signs(parts.database, clock=parts.clock), key=lambda sign: sign.works)
    for sign in found[:_MOST_ALIVE]:
        well = sign.works or sign.ended_at is not None
        remedy = "" if well or not sign.trouble else "mend it: it goes on by itself"
        yield Result("at work", "good" if well else "doubtful", str(sign), remedy)
    if len(found) > _MOST_ALIVE:
        yield Result("at work", "good", f"and {len(found) - _MOST_ALIVE:,} more")


def alarms(parts: Parts) -> Iterable[Result]:
    """Say what stands, or was not seen by anybody; and whether an alarm has a way besides the mail that may be refused itself."""
    with parts.database.read() as session:
        found = store_alarms.standing(session)
    for alarm in found:
        what = f"{alarm.title}, since {alarm.since:%Y-%m-%d %H:%M} UTC: {alarm.what}"
        remedy = (
            "it ends by itself when the cause is mended" if alarm.seen_at else f"`newsletter alarm seen {alarm.id}`"
        )
        yield Result("alarms", "wrong", what, f"{alarm.remedy} ({remedy})" if alarm.remedy else remedy)
    if not found:
        yield Result("alarms", "good", "nothing stands that somebody must know of")


def _differing(parts: Parts) -> Iterable[str]:
    """Say from whose clock ours differs. What cannot be asked is told by another look."""
    for name, ask in (("database", _of_database), ("broker", _of_broker)):
        try:
            theirs = ask(parts)
        except Exception:  # noqa: BLE001, S112 - its own look says what is wrong with it
            continue
        if theirs is not None and abs(theirs - parts.clock.now()) > TOLERATED:
            yield f"that of the {name} {theirs:%Y-%m-%d %H:%M:%S} UTC"


def _of_database(parts: Parts) -> datetime | None:
    with parts.database.read() as session:
        return server_time(session)


def _of_broker(parts: Parts) -> datetime | None:
    return parts.queue.server_time()
