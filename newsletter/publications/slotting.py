"""Say when a publication sends: its usual hour, the weekdays on which the approved issue goes by itself, and days it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.slots import SendingSlot, read_warnings, read_weekdays, slot_of, told_weekdays
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import slots
from newsletter.store.publications import publications
from newsletter.zones import FARTHEST, day_of, read_hour, zone

MOST_SKIPPED = 400
"""Days that one publication leaves out."""
MOST_WHY = 200
"""Characters of the word why a day is left out."""
MOST_READER_ZONES = 4


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What shall be from now on, as people write it; None where it stays as it is."""

    hour: str | None = None
    weekdays: str | None = None
    warnings: str | None = None
    reader_zones: str | None = None


@dataclass(frozen=True, slots=True)
class SlotOverview:
    """The slot of a publication, the days it leaves out from today on with a word why, and the next moments."""

    slot: SendingSlot
    skipped: dict[date, str]
    coming: list[tuple[date, datetime]]


@dataclass(frozen=True)
class Slotting:
    """The tools of saying when a publication sends, put together once per process."""

    database: Database
    clock: Clock

    def change(self, publication_id: int, wanted: SlotChange, *, by: Actor) -> Publication:
        """Change the hour, weekdays, warnings and zones of readers. Raises InputError, NotFoundError, ForbiddenError."""
        values = _checked(wanted)
        with self.database.write() as session:
            home = publications.lock(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, home.id)
            if values.get("slot_weekdays", home.slot_weekdays) and not values.get("slot_hour", home.slot_hour):
                raise InputError("weekdays need an hour", where="hour", remedy="write it like 07:00")
            old = _told(home)
            for name, value in values.items():
                setattr(home, name, value)
            self._note(session, by, "publication.slot", home, Values(old, _told(home)))
            return home

    def skip(self, publication_id: int, day: date, why: str, *, by: Actor) -> None:
        """Leave a day out, with a word why. Raises InputError for a day that is past, too far away or without a word; NotFoundError, ForbiddenError."""
        word = " ".join(why.split())
        if not word:
            raise InputError("say in a few words why", where="why", remedy="such as Christmas")
        if len(word) > MOST_WHY:
            raise InputError(f"why has {len(word)} characters", where="why", remedy=f"say it in {MOST_WHY} at most")
        with self.database.write() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, home.id)
            if day < day_of(self.clock.now(), home.time_zone):
                raise InputError(f"{day} is past", where="day", remedy="choose a day to come")
            if day > FARTHEST:
                raise InputError(f"{day} is too far away", where="day", remedy=f"choose one up to {FARTHEST}")
            if slots.count_skipped(session, home.id) >= MOST_SKIPPED:
                raise InputError(f"{MOST_SKIPPED} days are left out already", where="day", remedy="take some back")
            before = slots.skip(session, home.id, day, word)
            words = Values(f"{day}: {before}" if before else "", f"{day}: {word}")
            self._note(session, by, "publication.skip-day", home, words)

    def keep(self, publication_id: int, day: date, *, by: Actor) -> None:
        """Leave a day out no more. Raises NotFoundError, ForbiddenError."""
        with self.database.write() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, home.id)
            before = slots.keep(session, home.id, day)
            if before is None:
                raise NotFoundError(f"{day} is not left out", remedy="`newsletter slot show` lists the days that are")
            self._note(session, by, "publication.keep-day", home, Values(old=f"{day}: {before}"))

    def overview(self, publication_id: int, *, many: int = 5) -> SlotOverview:
        """Return when a publication sends next. Raises NotFoundError; InputError for a zone this machine does not know."""
        now = self.clock.now()
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
            skipped = slots.skip_days(session, home.id, day_of(now, home.time_zone) - timedelta(days=1))
        slot = slot_of(home.slot_hour, home.slot_weekdays, home.slot_warnings, home.time_zone)
        return SlotOverview(
            slot, skipped, [each for each, _ in zip(slot.coming(now, skipped), range(many), strict=False)]
        )

    def _note(self, session: Session, by: Actor, action: str, home: Publication, words: Values) -> None:
        subject = audit.Subject("publication", home.id, home.slug)
        audit.add(
            session, by, action, subject, at=self.clock.now(), publication_id=home.id, old=words.old, new=words.new
        )


def _checked(wanted: SlotChange) -> dict[str, str]:
    values: dict[str, str] = {}
    if wanted.hour is not None:
        values["slot_hour"] = read_hour(wanted.hour)
    if wanted.weekdays is not None:
        values["slot_weekdays"] = read_weekdays(wanted.weekdays)
    if wanted.warnings is not None:
        values["slot_warnings"] = read_warnings(wanted.warnings)
    if wanted.reader_zones is not None:
        names = list(dict.fromkeys(wanted.reader_zones.replace(",", " ").split()))
        if len(names) > MOST_READER_ZONES:
            raise InputError("too many zones", where="reader zones", remedy=f"name up to {MOST_READER_ZONES}")
        for name in names:
            zone(name)  # raises
        values["reader_zones"] = ",".join(names)
    return values


def _told(home: Publication) -> str:
    if not home.slot_hour:
        return "no usual hour"
    days = told_weekdays(home.slot_weekdays) or "offered only"
    zones = f"; readers in {home.reader_zones}" if home.reader_zones else ""
    return f"{home.slot_hour}, {days}; warned {home.slot_warnings or 'never'} minutes before{zones}"
