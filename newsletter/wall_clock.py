"""Moments as clocks on walls show them: read in a zone, told in several at once, with a word where clocks change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newsletter.errors import InputError
from newsletter.zones import zone

FIELD = "%Y-%m-%dT%H:%M"
"""The value of a field datetime-local (HTML, local date and time)."""


def read_local(text: str, zone_name: str) -> datetime:
    """Return the moment that the value of a datetime-local field names in a zone, in UTC; a zone written in the text goes before.

    Of an hour that comes twice it is the first. Raises InputError for what is no time, for an hour that clocks jump over (naming the
    one before and the one after), and at the end of the calendar.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("this is no date and time", where="at", remedy="write it as 2026-05-09T08:00") from None
    place = zone(zone_name)
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        found = moment.replace(tzinfo=place).astimezone(UTC)
        shown = found.astimezone(place)
    except OverflowError:
        raise InputError("this moment lies at the end of the calendar", where="at", remedy="choose another") from None
    if shown.replace(tzinfo=None) != moment:
        what = f"there is no {moment:%H:%M} on {_day(moment)} in {place_of(zone_name)}: clocks jump over it"
        raise InputError(what, where="at", remedy=f"choose {shown:%H:%M}, or an earlier time")
    return found


def in_field(moment: datetime, zone_name: str) -> str:
    """Return a moment as the value of a datetime-local field in a zone."""
    return moment.astimezone(zone(zone_name)).strftime(FIELD)


def place_of(zone_name: str) -> str:
    """Return how people call a zone: "Vienna" for Europe/Vienna."""
    return zone_name.rpartition("/")[2].replace("_", " ")


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """A moment as it is shown: in words, how far it is from now, and what clocks do about it."""

    moment: datetime
    told: str
    """Such as "Sunday 29 November, 07:00 Vienna = 01:00 New York (you) = 06:00 UTC"."""
    ahead: str
    """Such as "in 14 h 12 min", or "2 h ago"."""
    changes: tuple[str, ...] = ()
    """Sentences about clocks that change between now and then, and about an hour that comes twice."""


def shown(
    moment: datetime, now: datetime, home: str, *, yours: str = "", readers: Iterable[str] = (), year: bool = False
) -> ShownMoment:
    """Tell a moment in the zone of a publication, that of the editor, those of the readers, and UTC; each hour once.

    Raises InputError for a zone that this machine does not know.
    """
    at_home = moment.astimezone(zone(home))
    heading = _day(at_home) + (f" {at_home.year}" if year or at_home.year != now.year else "")
    told = [f"{heading}, {at_home:%H:%M} {place_of(home)}" + (" (you)" if yours == home else "")]
    others = [(yours, " (you)"), *((each, " (readers)") for each in readers), ("UTC", "")]
    seen = {home, ""}
    for name, whose in others:
        if name not in seen:
            seen.add(name)
            there = moment.astimezone(zone(name))
            day = "" if there.date() == at_home.date() else f" on {there:%A}"
            told.append(f"{there:%H:%M} {place_of(name)}{day}{whose}")
    changes = tuple(_changes(moment, now, dict.fromkeys(name for name in (home, yours, *readers) if name)))
    return ShownMoment(moment, " = ".join(told), away(moment, now), changes)


def away(moment: datetime, now: datetime) -> str:
    """Return how far a moment is from now, in the two largest units that tell: "in 14 h 12 min", "3 d ago"."""
    span = abs(moment - now)
    minutes = int((span + timedelta(seconds=30)).total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        words = f"{days} d" + (f" {hours} h" if hours else "")
    elif hours:
        words = f"{hours} h" + (f" {rest} min" if rest else "")
    else:
        words = f"{rest} min"
    if not minutes:
        return "now"
    return f"in {words}" if moment > now else f"{words} ago"


def _changes(moment: datetime, now: datetime, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        place = zone(name)
        there = moment.astimezone(place)
        before, after = now.astimezone(place).utcoffset(), there.utcoffset()
        if before is not None and after is not None and before != after and moment > now:
            minutes = int((after - before).total_seconds()) // 60
            how = f"{abs(minutes) // 60} h {abs(minutes) % 60} min".replace(" 0 min", "").replace("0 h ", "")
            yield f"Clocks in {place_of(name)} go {how} {'forward' if minutes > 0 else 'back'} between now and then."
        if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset():
            which = "first" if there.fold == 0 else "second"
            yield f"{there:%H:%M} comes twice on that day in {place_of(name)}; the {which} is meant."


def _day(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B}"
