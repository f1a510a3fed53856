"""The first page of a publication: today's issue with the next step, what waits, how the last issues went."""

from __future__ import annotations

from fastapi import APIRouter, Response

from newsletter.audience import sign_up_bursts
from newsletter.delivery.unattended import nobody_works
from newsletter.issues import today
from newsletter.model import Issue, Publication
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.web.desk.pages import Desk, Sees
from newsletter.zones import zone

router = APIRouter(prefix="/desk/{publication}")
COURSE_WIDTH, COURSE_HEIGHT = 300, 60
"""Size of the drawing of readers over the issues, in its own units."""


@router.get("")
def show(desk: Sees) -> Response:
    """Show where the day stands."""
    assert desk.publication is not None
    home, now = desk.publication, desk.parts.clock.now()
    found = today.look(desk.parts.database, home, now)
    values = {
        "publication": home,
        "today": found,
        "alarms_here": [each for each in found.alarms if desk.hears_of(each)],
        "other_drafts": found.other_drafts,
        "bursts": sign_up_bursts.look(desk.parts.database, clock=desk.parts.clock, publication_id=home.id),
        "now": now,
        "zone": zone(home.time_zone),
        "step": _next_step(desk, home, found.issue, is_approved=found.is_approved),
        "course": _course(found.growth),
        "nobody_works": nobody_works(desk.parts.database, clock=desk.parts.clock),
    }
    return desk.page("today.html", values)


def _next_step(desk: Desk, home: Publication, issue: Issue | None, *, is_approved: bool) -> tuple[str, str]:
    """Return what is to be done next with the issue of today, and where; ("", "") where the editor has no part in it."""
    if issue is None:
        return "", ""
    at = desk.at(issue.id)
    if issue.state is IssueState.DRAFT:
        if home.four_eyes and not is_approved and issue.written_by != desk.by.person and desk.may(Right.APPROVE):
            return "Look it over and approve", f"{at}/review"
        if desk.may(Right.SEND):
            return "Look it over and send", f"{at}/review"
        return ("Write on", at) if desk.may(Right.WRITE) else ("Read it", at)
    if issue.state is IssueState.SENT:
        return ("See its report", f"{at}/report") if desk.may(Right.SEE_NUMBERS) else ("Look at it", at)
    names = {IssueState.SCHEDULED: "See the countdown", IssueState.PAUSED: "See why it pauses"}
    return names.get(issue.state, "Watch it go out"), at


def _course(growth: today.Growth | None) -> str:
    """Return the points of a line through the balance of each day, from the least to the most; nothing where all are the same."""
    if growth is None or len(set(growth.course)) < 2:
        return ""
    least, most, last = min(growth.course), max(growth.course), len(growth.course) - 1
    places = (
        (n * COURSE_WIDTH / last, COURSE_HEIGHT * (most - balance) / (most - least))
        for n, balance in enumerate(growth.course)
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
