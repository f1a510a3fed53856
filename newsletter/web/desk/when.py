"""The moment that the review page offers, reads and tells: in the zone of the publication, with those of editor and readers beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.errors import InputError
from newsletter.model import Issue, Publication
from newsletter.wall_clock import ShownMoment, in_field, read_local, shown
from newsletter.web.desk.pages import Desk


@dataclass(frozen=True, slots=True)
class OfferedMoment:
    """What stands in the field: a moment, and in a few words why that one is offered."""

    at: datetime
    why: str

    def in_field(self, home: Publication) -> str:
        """Return it as the value of the field, in the publication's zone."""
        return in_field(self.at, home.time_zone)


def offered(desk: Desk, issue: Issue, home: Publication, now: datetime) -> OfferedMoment:
    """Return the moment that is offered: that for which it was scheduled before it was taken back, the next slot, or the next full hour."""
    if issue.offered_at is not None and issue.offered_at > now:
        return OfferedMoment(issue.offered_at, "the time it had before it was taken back")
    found = desk.parts.slotting.overview(home.id, many=1)
    if found.coming:
        return OfferedMoment(found.coming[0][1], "the usual hour")
    return OfferedMoment((now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0), "the next full hour")


def told(desk: Desk, home: Publication, moment: datetime, now: datetime) -> ShownMoment:
    """Tell a moment in the zones of publication, editor and readers, and in UTC."""
    readers = [name for name in home.reader_zones.split(",") if name]
    return shown(moment, now, home.time_zone, yours=desk.seat.editor.time_zone, readers=readers)


def moments(desk: Desk, home: Publication, offer: OfferedMoment, typed: str, now: datetime) -> dict[str, Any]:
    """Return what the page tells of moments: what is offered, this one, and what stands in the field, None while it is none."""
    try:
        told_typed = told(desk, home, read_local(typed, home.time_zone), now)
    except InputError:
        told_typed = None
    return {"told": told_typed, "offer": offer, "told_now": told(desk, home, now, now)}
