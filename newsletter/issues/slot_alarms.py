"""Alarms of slots: by mail to those who approve, by the second way and on the desk, when no approved issue is there for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.issues.slot_choice import SlotChoice
from newsletter.model import Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.rights import Right
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import Renderer
from newsletter.store import alarms
from newsletter.store.accounts import grants
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.issues import slots
from newsletter.wall_clock import away, shown
from newsletter.zones import day_of

SLOT = "slot"
_BEFORE = """{why}. {name} is due on {when}, {ahead}.

{who} Once one issue of the day is approved, and nothing is in its way, it goes at its hour by itself. If nothing shall go, leave the day out: on the page Hour and days, or by `newsletter slot skip`."""
_AFTER = """{why}. {name} was due on {when}, and nothing was sent.

Nothing goes by itself any more today. {who} Then it is sent from its review page, or left for another day."""
_ONE_OF_SEVERAL = "Take the approval of all others back, on their review pages."
_IN_THE_WAY = (
    "Mend what is in the way. A question is answered by approving anew, with a tick at it, on the review page."
)
MOST_NAMED = 3


@dataclass(frozen=True)
class SlotAlarms:
    """The tools of telling that a slot has nothing to send, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    base_url: str

    def tell(
        self, session: Session, publication_id: int, day: date, at: datetime, found: SlotChoice, *, passed: bool
    ) -> list[int]:
        """Raise the alarm of a day's slot and write to those who approve and send; return the ids of the mails that are due."""
        home, now = session.get_one(Publication, publication_id), self.clock.now()
        about = session.get(Issue, found.about) if found.about else None
        when = shown(at, now, home.time_zone, readers=_zones(home))
        words = {
            "why": found.why[:1].upper() + found.why[1:],
            "name": home.name,
            "when": when.told,
            "ahead": away(at, now),
            "who": _who_helps(session, home, about, found),
        }
        url = f"{self.base_url}/desk/{home.slug}/" + (f"issues/{found.about}/review" if found.about else "slot")
        alarm = alarms.raise_alarm(
            session,
            _cause(publication_id, day),
            title=f"{home.name}: {_title(found, about, '' if passed else away(at, now))}",
            message=(_AFTER if passed else _BEFORE).format(**words),
            url=url,
            now=now,
            publication_id=home.id,
            issue_id=found.about,
        )
        whom = {
            each.id: each for right in (Right.APPROVE, Right.SEND) for each in grants.able_with(session, right, home.id)
        }
        brand = brand_of(home, self.base_url)
        written = alerts(self.renderer, brand, whom.values(), alarm, publication_id=home.id, now=now)
        return [notices.add(session, notice).id for notice in written]

    def end(self, session: Session, publication_id: int, day: date) -> bool:
        """End the alarm of a day's slot, if it stands."""
        return alarms.end(session, _cause(publication_id, day), self.clock.now())

    def due_today(self, publication_id: int) -> str:
        """Return what was told last of today's slot, for a page; empty where nothing is in its way."""
        with self.database.read() as session:
            home = session.get_one(Publication, publication_id)
            turn = slots.turn(session, home.id, day_of(self.clock.now(), home.time_zone))
            return turn.trouble if turn else ""


def _title(found: SlotChoice, about: Issue | None, ahead: str) -> str:
    """Say in a line which issue is meant and how it stands; `ahead` says how far off the hour is, and is empty when it has passed."""
    meant = f"“{about.subject}”, " if about is not None else ""
    if not ahead:
        return f"{meant}its hour passed with nothing sent" if meant else "the hour passed with nothing sent"
    if found.approved:
        state = "approved, and cannot go as it is" if meant else "more than one issue is approved"
        return f"{meant}{state}; its hour is {ahead}"
    return (
        f"{meant}not approved yet; it goes out {ahead}" if meant else f"no issue is approved yet; it goes out {ahead}"
    )


def _who_helps(session: Session, home: Publication, about: Issue | None, found: SlotChoice) -> str:
    if found.approved:
        return _IN_THE_WAY if about is not None else _ONE_OF_SEVERAL
    return _who_approves(session, home, about)


def _who_approves(session: Session, home: Publication, about: Issue | None) -> str:
    """Say who can approve the issue that is meant, or any: not whoever wrote it where a second person is asked for."""
    wrote = about.written_by if about is not None and home.four_eyes else ""
    able = [each for each in grants.able_with(session, Right.APPROVE, home.id) if f"editor {each.id}" != wrote]
    names = [each.name or each.address for each in able[:MOST_NAMED]]
    if len(able) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(able) - MOST_NAMED + 1} others"]
    if not names:
        return "Nobody else may approve it: an owner can give the role."
    return f"{', '.join(names[:-1])}{' or ' if names[1:] else ''}{names[-1]} can approve it on its review page."


def _cause(publication_id: int, day: date) -> str:
    return alarms.cause_of(SLOT, f"{publication_id} {day}")


def _zones(home: Publication) -> list[str]:
    return [name for name in home.reader_zones.split(",") if name]
