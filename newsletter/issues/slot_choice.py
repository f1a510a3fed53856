"""Which issue goes at the slot of a day: the one approved draft that is dated that day; and in words, why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.issues import approving
from newsletter.model import Approval, Issue, Publication, SlotTurn
from newsletter.store.issues import slots
from newsletter.zones import span_of


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """What a slot finds: the issue to take when it was approved first and what that lets pass, or why there is none."""

    issue: Issue | None = None
    approved_at: datetime | None = None
    despite: tuple[str, ...] = ()
    why: str = ""
    served: bool = False
    """Another issue is scheduled for the day or has gone out on it: nobody need be warned."""
    about: int | None = None
    """The issue that is meant by `why`, where it is one."""
    approved: bool = False
    """Approvals are there, and yet nothing goes: `why` says what is in the way."""


def choose(session: Session, home: Publication, day: date, turn: SlotTurn | None) -> SlotChoice:
    """Return what the slot of a day finds. What it took once it takes again only by an approval that was given after that."""
    drafts = slots.drafts_dated(session, home.id, day)
    approved = [(issue, given) for issue in drafts if (given := approving.in_force(session, issue, home))]
    fresh = [(issue, given) for issue, given in approved if not _was_taken(issue, given, turn)]
    if len(fresh) == 1:
        issue, given = fresh[0]
        answers = dict.fromkeys(answer for each in given for answer in each.despite)
        return SlotChoice(issue, min(each.at for each in given), tuple(answers))
    if not fresh and slots.is_served(session, home.id, day, *span_of(day, home.time_zone)):
        return SlotChoice(served=True)
    return _none(session, drafts, approved, fresh)


def _was_taken(issue: Issue, given: Sequence[Approval], turn: SlotTurn | None) -> bool:
    """Tell whether the slot took an issue before by all the approvals that it has: somebody took it back since."""
    if turn is None or turn.taken_at is None or turn.issue_id != issue.id:
        return False
    return max(each.at for each in given) <= turn.taken_at


def _none(
    session: Session,
    there: Sequence[Issue],
    approved: Sequence[tuple[Issue, list[Approval]]],
    fresh: Sequence[tuple[Issue, list[Approval]]],
) -> SlotChoice:
    if len(fresh) > 1:
        names = ", ".join(f"“{issue.slug}”" for issue, _ in fresh)
        return SlotChoice(
            why=f"{len(fresh)} issues of this day are approved ({names}), and the slot takes none of several",
            approved=True,
        )
    if approved:
        issue = approved[0][0]
        return SlotChoice(why=f"“{issue.slug}” was taken back, and nobody has approved it since", about=issue.id)
    if not there:
        return SlotChoice(why="no draft is dated this day")
    if len(there) > 1:
        names = ", ".join(f"“{issue.slug}”" for issue in there)
        return SlotChoice(why=f"none of the {len(there)} drafts of this day is approved ({names})")
    (issue,) = there
    before = slots.newest_approval(session, issue.id)
    changed = before is not None and before.revision < issue.revision
    why = (
        f"“{issue.slug}” was changed after {before.name} approved it"
        if changed and before
        else f"“{issue.slug}” is not approved"
    )
    return SlotChoice(why=why, about=issue.id)
