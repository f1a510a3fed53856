"""The first page of a publication: the issue of today and its next step, what waits for a person, and how the last issues went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from sqlalchemy.orm import Session

from newsletter.mail.address import parse_address
from newsletter.model import Alarm, Issue, Publication
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store import alarms
from newsletter.store.database import Database
from newsletter.store.delivery import kept_numbers
from newsletter.store.feedback import figures
from newsletter.store.issues import approvals, shelves, slots
from newsletter.store.issues import today as store
from newsletter.store.issues.issues import Shelved
from newsletter.store.issues.shelves import IssueFilter
from newsletter.store.issues.today import HeldBoard, SentIssue
from newsletter.store.publications import domain_checks
from newsletter.zones import day_of

LAST = 5
"""So many issues that went out are shown."""
GROWTH_DAYS = 30
"""Days over which growth is shown."""
MOST_WAITING = 6


@dataclass(frozen=True, slots=True)
class Growth:
    """How many readers came and went from a day of UTC on, the last one included; `course` is their balance at the end of each day."""

    since: date
    joined: int
    left: int
    bounced: int
    course: tuple[int, ...]

    @property
    def change(self) -> int:
        """How many readers came, less those that went or can be reached no more."""
        return self.joined - self.left - self.bounced


@dataclass(frozen=True, slots=True)
class Today:
    """What the page shows.

    `uncertain` counts deliveries by issue; `slot_trouble` is why nothing goes by itself today; `domain_faults` are records that DNS
    lacked when it was last asked.
    """

    day: date
    issue: Issue | None
    is_approved: bool
    next_out: Issue | None
    to_approve: list[Shelved]
    paused: list[Shelved]
    drafts: list[Shelved]
    held: list[HeldBoard]
    uncertain: list[tuple[Issue, int]]
    slot_trouble: str
    alarms: list[Alarm]
    domain_faults: Sequence[str]
    last: list[SentIssue]
    growth: Growth | None

    @property
    def other_drafts(self) -> list[Shelved]:
        """The drafts that stand nowhere else on the page."""
        named = {self.issue.id if self.issue else 0, *(row.issue.id for row in self.to_approve)}
        return [row for row in self.drafts if row.issue.id not in named]

    @property
    def waits(self) -> bool:
        """Whether anything waits for a person."""
        waiting = (self.to_approve, self.paused, self.held, self.uncertain, self.alarms, self.domain_faults)
        return bool(self.slot_trouble) or any(waiting)


def look(database: Database, home: Publication, now: datetime) -> Today:
    """Return what the first page of a publication shows at a moment. Raises InputError when this machine does not know its time zone."""
    day = day_of(now, home.time_zone)
    with database.read() as session:
        issue = store.issue_of(session, home.id, day)
        drafts = IssueFilter(home.id, (IssueState.DRAFT,))
        waits = IssueFilter(home.id, (IssueState.DRAFT,), waits=True)
        last = store.last_sent(session, home.id, limit=LAST)
        states = kept_numbers.states_of_issues(session, [each.issue.id for each in last])
        turn = slots.turn(session, home.id, day)
        return Today(
            day=day,
            issue=issue,
            is_approved=issue is not None and bool(approvals.of(session, issue.id, issue.revision)),
            next_out=shelves.next_out(session, home.id),
            to_approve=shelves.page(session, waits, before=None, limit=MOST_WAITING),
            paused=shelves.page(session, IssueFilter(home.id, (IssueState.PAUSED,)), before=None, limit=MOST_WAITING),
            drafts=shelves.page(session, drafts, before=None, limit=MOST_WAITING),
            held=store.held_boards(session, home.id),
            uncertain=[(each.issue, count) for each in last if (count := _uncertain(states.get(each.issue.id, {})))],
            slot_trouble=turn.trouble if turn is not None else "",
            alarms=[each for each in alarms.standing(session) if each.publication_id in (None, home.id)],
            domain_faults=domain_checks.faults(session, parse_address(home.from_address).domain),
            last=last,
            growth=_growth(session, home.id, now.astimezone(UTC).date()),
        )


def _uncertain(states: Mapping[DeliveryState, int]) -> int:
    return states.get(DeliveryState.UNCERTAIN, 0)


def _growth(session: Session, publication_id: int, today: date) -> Growth | None:
    """Who came and went in the last days, as the scheduler counted it; None where it counted nothing yet."""
    since = today - timedelta(days=GROWTH_DAYS - 1)
    rows = figures.growth(session, publication_id, since, today)
    if not rows:
        return None
    joined, left, bounced = (
        sum(number for _, source, number in rows if source in names)
        for names in (figures.JOINED, figures.LEFT, (figures.BOUNCED,))
    )
    signs = dict.fromkeys(figures.JOINED, 1) | dict.fromkeys((*figures.LEFT, figures.BOUNCED), -1)
    by_day: dict[date, int] = {}
    for day, source, number in rows:
        by_day[day] = by_day.get(day, 0) + signs.get(source, 0) * number
    return Growth(since, joined, left, bounced, tuple(accumulate(by_day.values())))
