"""What the doctor looks at of those who work: the clock they share, and who holds what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from newsletter.clock import Clock
from newsletter.delivery import at_work as room
from newsletter.delivery import kept, known_keys, signs_of_life, unattended
from newsletter.delivery.clock_skew import TOLERATED
from newsletter.delivery.known_keys import KeyUnusable
from newsletter.keyring import Keyring
from newsletter.mail.address import parse_address
from newsletter.queue import Queue
from newsletter.store import alarms as store_alarms
from newsletter.store.database import Database
from newsletter.store.delivery.clock_skew import server_time
from newsletter.store.publications import publications
from newsletter.verdicts import Result

_MOST_ALIVE = 30


def clocks(database: Database, clock: Clock, queue: Queue) -> Iterable[Result]:
    """Compare the clock with this release's date, and with those of database and broker."""
    # The files of this release were written in the past: a clock before that is wrong, and would sign links that live too long.
    written = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    now = clock.now()
    wrong = list(_differing(database, clock, queue))
    if now < written:
        wrong.insert(0, "before this release")
    if wrong:
        said = f"it says {now:%Y-%m-%d %H:%M:%S} UTC, {', and '.join(wrong)}"
        yield Result("clock", "wrong", said, "set it, and keep the clocks of all hosts by NTP")
    else:
        yield Result("clock", "good", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def at_work(database: Database, clock: Clock, lease_seconds: float) -> Iterable[Result]:
    """Say whether anybody works on what is due, who is the scheduler, who gives signs of life, and who holds batches."""
    if absence := unattended.absence(database, clock=clock):
        yield Result("at work", "wrong", absence.what, absence.remedy)
    yield _scheduler(database, clock, lease_seconds)
    yield from _alive(database, clock)
    for held in room.batches(database):
        if room.is_beyond(held, clock, lease_seconds):
            remedy = "who is not there any more loses them in a minute; see that the clocks of all hosts are right"
            yield Result("at work", "doubtful", f"a clock was ahead: {held.what}: {held}", remedy)
        else:
            yield Result("at work", "good", f"{held.what}: {held}")


def _scheduler(database: Database, clock: Clock, lease_seconds: float) -> Result:
    scheduler, now = room.scheduler(database), clock.now()
    if scheduler is None or scheduler.until < now or scheduler.gone:
        return Result("at work", "good", "nobody is the scheduler at this moment")
    if room.is_beyond(scheduler, clock, lease_seconds):
        remedy = "the lease is void and the next scheduler takes it; see that the clocks of all hosts are right"
        return Result("at work", "doubtful", f"a clock was ahead: scheduler is {scheduler}", remedy)
    return Result("at work", "good", f"scheduler is {scheduler}")


def _alive(database: Database, clock: Clock) -> Iterable[Result]:
    """Each worker and scheduler of the last day, those first that do not work."""
    found = sorted(signs_of_life.signs(database, clock=clock), key=lambda sign: sign.works)
    for sign in found[:_MOST_ALIVE]:
        well = sign.works or sign.ended_at is not None
        remedy = "" if well or not sign.trouble else "mend it: it goes on by itself"
        yield Result("at work", "good" if well else "doubtful", str(sign), remedy)
    if len(found) > _MOST_ALIVE:
        yield Result("at work", "good", f"and {len(found) - _MOST_ALIVE:,} more")


def alarms(database: Database) -> Iterable[Result]:
    """Say what stands, or was not seen by anybody; and whether an alarm has a way besides the mail that may be refused itself."""
    with database.read() as session:
        found = store_alarms.standing(session)
    for alarm in found:
        what = f"{alarm.title}, since {alarm.since:%Y-%m-%d %H:%M} UTC: {alarm.what}"
        remedy = (
            "it ends by itself when the cause is mended" if alarm.seen_at else f"`newsletter alarm seen {alarm.id}`"
        )
        yield Result("alarms", "wrong", what, f"{alarm.remedy} ({remedy})" if alarm.remedy else remedy)
    if not found:
        yield Result("alarms", "good", "nothing stands that somebody must know of")


def counts(database: Database) -> Iterable[Result]:
    """Say whether the kept counts of the last issues are those of their rows."""
    wrong = kept.differing(database)
    for slug in wrong:
        remedy = f"`newsletter issue recount {slug}`, and tell us: this is a fault of ours"
        yield Result("counts", "wrong", f"the counts of {slug} are not those of its deliveries", remedy)
    if not wrong:
        yield Result("counts", "good", f"the counts of the last {kept.RECENT} issues are those of their deliveries")


def _differing(database: Database, clock: Clock, queue: Queue) -> Iterable[str]:
    """Say from whose clock ours differs. What cannot be asked is told by another look."""
    for name, ask in (("database", partial(_time_of, database)), ("broker", queue.server_time)):
        try:
            theirs = ask()
        except Exception:  # noqa: BLE001, S112 - its own look says what is wrong with it
            continue
        if theirs is not None and abs(theirs - clock.now()) > TOLERATED:
            yield f"that of the {name} {theirs:%Y-%m-%d %H:%M:%S} UTC"


def _time_of(database: Database) -> datetime | None:
    with database.read() as session:
        return server_time(session)


def signatures(database: Database, keyring: Keyring, folder: Path) -> Iterable[Result]:
    """See that the mail of each sending domain is signed, with keys that this host has."""
    with database.read() as session:
        domains = sorted({parse_address(found.from_address).domain for found in publications.all_of(session)})
    for domain in domains:
        signer = keyring.signer(domain)
        try:
            known_keys.see(database, domain, signer.keys if signer else (), folder)
        except KeyUnusable as error:
            # a machine without workers needs no keys
            what = error.what if signer else f"{error.what}: workers of this host leave it to others"
            yield Result("signatures", "wrong" if signer else "doubtful", what, error.remedy)
            continue
        if signer is None:
            remedy = f"`newsletter domain records {domain}`, unless the server you send through signs"
            yield Result("signatures", "doubtful", f"mail of {domain} is not signed with DKIM", remedy)
        else:
            what = (
                f"mail of {domain} is signed with {keyring.in_use(domain)}; `newsletter domain check {domain}` asks DNS"
            )
            yield Result("signatures", "good", what)
