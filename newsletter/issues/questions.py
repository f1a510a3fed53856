"""What is asked before an issue goes out: the same text or items again, a second issue on a day, a date that is not the day.

Each may be meant, so each can be answered: by the name of its rule, or by that and what it was asked about
(`same-day:tuesday`), which answers nothing any more once another issue is in question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial

from sqlalchemy.orm import Session

from newsletter import zones
from newsletter.issues.merge_field_names import unknown_fields
from newsletter.issues.places import Places, places_of
from newsletter.issues.preflight import OTHER_DATE, SAME_DAY, SAME_TEXT, Finding
from newsletter.issues.preflight.asked import LOST_SEGMENT, RULE_OF
from newsletter.issues.recurring import repeated
from newsletter.issues.sameness import item_digest, text_digest
from newsletter.model import Issue, Publication
from newsletter.model.document import Document
from newsletter.model.states import IssueState
from newsletter.store.audience import segments
from newsletter.store.issues import other_issues
from newsletter.store.issues.other_issues import Other

HEADLINES = {SAME_TEXT: "The same text?", SAME_DAY: "A second issue on one day?", OTHER_DATE: "The right day?"}
"""What each rule asks, in a few words."""
LEAST_SAME = 3
"""Fewer items than these make no copy of another issue."""
MUCH = 0.8
"""From this share of its items on, which stood in one other issue, an issue is taken for a copy of it."""
_NAMED = 3

Tell = Callable[[Other], str]


@dataclass(frozen=True)
class OutgoingIssue:
    """An issue that may go out: its row, what it says, and the publication whose it is."""

    issue: Issue
    document: Document
    home: Publication
    last: int = 14
    """In how many of the last issues its items are looked for."""

    @cached_property
    def places(self) -> Places:
        """Where everything stands in the issue file."""
        return places_of(self.document, self.issue.source)


def ask(session: Session, outgoing: OutgoingIssue, *, day: date, now: datetime, count: bool = True) -> list[Finding]:
    """Return what is asked about an issue that is to go out on `day` of its publication's; with `count`, how many got the others.

    Raises InputError when this machine does not know the publication's time zone, and for the last days of the calendar.
    """
    issue, document, home = outgoing.issue, outgoing.document, outgoing.home
    tell = partial(_history, session, home.time_zone, count)
    others = other_issues.on_day(session, issue, *zones.span_of(day, home.time_zone), now)
    same = list(_same_text(session, issue, document, tell))
    again = [] if same else repeated(session, issue, document, outgoing.last, lambda: outgoing.places)
    unknown = unknown_fields(session, document, home, source=issue.source)
    return [
        *_lost_segment(session, issue),
        *unknown,
        *same,
        *again,
        *_same_day(others, day, tell),
        *other_date(document, home, day, source=issue.source),
    ]


def _lost_segment(session: Session, issue: Issue) -> Iterator[Finding]:
    if missing := segments.gone_of(session, issue):
        what = f"the segment “{(issue.audience or {})['name']}” names {missing}"
        yield RULE_OF[LOST_SEGMENT].found(what, "audience", "choose another segment, or everyone")


def day_of_draft(document: Document, home: Publication, now: datetime) -> date:
    """Return the day on which a draft is expected to go out while no time is chosen: its own date, or today if that is past."""
    return max(document.date, zones.day_of(now, home.time_zone))


def other_date(document: Document, home: Publication, day: date, *, source: str = "") -> Iterator[Finding]:
    """Yield the question whether an issue that goes out on `day` is meant to be dated another; `source` is its text as typed."""
    if document.date != day:
        what = f"it is dated {_day(document.date)}, and would go out on {_day(day)} ({home.time_zone})"
        remedy = "choose another time, or change the date in the front matter"
        line = places_of(document, source).of_field("date")
        yield RULE_OF[OTHER_DATE].found(what, "date", remedy, line=line, about=f"{document.date}/{day}")


def _same_text(session: Session, issue: Issue, document: Document, tell: Tell) -> Iterator[Finding]:
    what, other = "it says the same", other_issues.with_text(session, issue, text_digest(document))
    if other is None:
        digests = {item_digest(item) for section in document.sections for item in section.mailed_items}
        shared = other_issues.with_items(session, issue, digests) if len(digests) >= LEAST_SAME else None
        if shared is None or shared.same < max(LEAST_SAME, MUCH * shared.counted):
            return
        what, other = f"{shared.same} of its {shared.counted} items are the same", shared.other
    what = f"{what} as in {tell(other)}"
    yield RULE_OF[SAME_TEXT].found(what, "issue", "is it the right text?", about=other.slug)


def _same_day(others: list[Other], day: date, tell: Tell) -> Iterator[Finding]:
    if others:
        told = "; ".join(tell(other) for other in others[:_NAMED]) + ("; and more" if len(others) > _NAMED else "")
        what = f"{_day(day)} has another issue already: {told}"
        about = "+".join(sorted(other.slug for other in others))
        yield RULE_OF[SAME_DAY].found(what, "day", "should readers get both on one day?", about=about)


def _history(session: Session, zone: str, count: bool, other: Other) -> str:
    """Say what became of another issue: when it goes or went out, and how many have it."""
    moment = other.published_at or other.scheduled_at
    local = moment.astimezone(zones.zone(zone)) if moment else None
    when = f"{_day(local.date())} at {local:%H:%M} {zone}" if local else "a day that is not known"
    if other.state is IssueState.SCHEDULED:
        return f"“{other.slug}”, scheduled for {when}: nobody has got it yet"
    got = other_issues.readers_who_got(session, other.issue_id) if count else 0
    readers = f"{got:,} reader{'' if got == 1 else 's'}" if got else "nobody"
    if other.state is IssueState.SENT:
        return f"“{other.slug}”, sent on {when}: {readers} got it"
    if other.state is IssueState.CANCELLED:
        return f"“{other.slug}”, begun on {when} and cancelled: {readers} got it"
    return f"“{other.slug}”, {other.state} since {when}: {readers} got it so far"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"
