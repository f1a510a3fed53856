"""Watch an issue go out: counts by state each second; pause, go on, cancel, send it to those who never got it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from newsletter.delivery import control, progress
from newsletter.delivery.progress import Progress
from newsletter.errors import InputError
from newsletter.model import Issue, Publication
from newsletter.model.states import DeliveryState, IssueState
from newsletter.paging import cut
from newsletter.wall_clock import ShownMoment, shown
from newsletter.web.desk.pages import Desk, Sees, SeesPeople, Sends, SendsForGood, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")

MOVING = frozenset({IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED})
"""States in which the page looks again by itself."""
COUNTED = 30
"""A moment that is no more seconds away is counted down to, or more where `undo_seconds` says so."""
BAR = 1000
"""Width of the drawing, in its own units."""
PAGE = 100
_D = DeliveryState
_SHADES = (
    ("good", (_D.SUBMITTED, _D.DELIVERED)),
    ("wait", (_D.SUBMITTING, _D.DEFERRED, _D.UNCERTAIN)),
    ("bad", (_D.REJECTED, _D.BOUNCED, _D.COMPLAINED)),
    ("none", (_D.SKIPPED,)),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the bar, in its units."""

    shade: str
    start: int
    width: int


@router.get("/progress")
def fragment(issue_id: Number, desk: Sees) -> Response:
    """Show the counts of this moment; the fragment stops asking once the issue has reached its end."""
    return desk.page("progress.html", _watched(desk, *desk.load(issue_id)))


@router.get("/countdown")
def countdown(issue_id: Number, desk: Sees) -> Response:
    """Show when a scheduled issue goes out; once it is scheduled no more, let the whole page follow it."""
    issue, publication = desk.load(issue_id)
    if issue.state is IssueState.SCHEDULED:
        return desk.page("countdown.html", _watched(desk, issue, publication))
    answer = desk.page("progress.html", _watched(desk, issue, publication))
    answer.headers["HX-Retarget"] = "#progress"
    if issue.state is IssueState.DRAFT:  # taken back elsewhere: its page is another one
        answer.headers["HX-Redirect"] = desk.at(issue_id)
    return answer


@router.get("/deliveries")
def deliveries(issue_id: Number, desk: SeesPeople, state: str = "", after: Number = 0) -> Response:
    """List deliveries, of one state or of all, with what the server said."""
    issue, publication = desk.load(issue_id)
    found = progress.listing(desk.parts.database, issue_id=issue.id, state=_state(state), after=after, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last["id"])
    gone = None if rows else progress.deliveries_gone_since(desk.parts.database, issue_id=issue.id)
    values = {
        "issue": issue,
        "publication": publication,
        "rows": rows,
        "state": state,
        "more": more,
        "gone_since": gone,
    }
    return desk.page("deliveries.html", values)


@router.post("/pause")
def pause(issue_id: Number, desk: Sends) -> Response:
    """Stop handing over messages."""
    issue, _ = desk.load(issue_id)
    desk.parts.control.pause(issue.id, by=desk.by)
    return back_to(desk.at(issue_id), "paused")


@router.post("/resume")
def resume(issue_id: Number, desk: Sends) -> Response:
    """Go on."""
    issue, _ = desk.load(issue_id)
    desk.parts.control.resume(issue.id, by=desk.by)
    return back_to(desk.at(issue_id), "resumed")


@router.post("/cancel")
def cancel(issue_id: Number, desk: SendsForGood) -> Response:
    """End it for good."""
    issue, _ = desk.load(issue_id)
    desk.parts.control.cancel(issue.id, by=desk.by)
    return back_to(desk.at(issue_id), "cancelled")


@router.post("/resend")
def resend(issue_id: Number, desk: SendsForGood, uncertain: Annotated[str, Form()] = "") -> Response:
    """Send to those who never got it; with `uncertain` also to those of whom nobody knows."""
    issue, _ = desk.load(issue_id)
    desk.parts.control.resend(issue.id, uncertain=bool(uncertain), by=desk.by)
    return back_to(desk.at(issue_id), "resent")


@router.post("/later")
def send_later(issue_id: Number, desk: SendsForGood) -> Response:
    """Send it to those who joined since it was planned: who has it gets nothing."""
    issue, _ = desk.load(issue_id)
    desk.parts.sending_later.send(issue.id, by=desk.by)
    return back_to(desk.at(issue_id), "later")


def status_page(desk: Desk, issue: Issue, publication: Publication, *, too_late: str = "") -> Response:
    """Return the page of an issue that is no draft any more; `too_late` says why it could not be taken back."""
    approvals = desk.parts.approving.approvals_of(issue)
    values = _watched(desk, issue, publication) | {"too_late": too_late, "approvals": approvals}
    return desk.page("status.html", values, status=409 if too_late else 200)


def _watched(desk: Desk, issue: Issue, publication: Publication) -> dict[str, Any]:
    parts, now = desk.parts, desk.parts.clock.now()
    seen = progress.progress(parts.database, clock=parts.clock, issue_id=issue.id)
    return {
        "issue": issue,
        "publication": publication,
        "progress": seen,
        "later": parts.sending_later.plans_of(issue.id) if seen.state in control.RESENDING else [],
        "moving": seen.state in MOVING,
        "paused_by_itself": seen.state is IssueState.PAUSED and seen.paused_why == seen.alert,
        "refused": seen.counts[DeliveryState.REJECTED] if seen.state in control.RESENDING else 0,
        "uncertain": seen.counts[DeliveryState.UNCERTAIN] if seen.state in control.RESENDING else 0,
        "bar": list(_bar(seen)),
        "now": now,
        "shown": _shown_moment(desk, issue, publication, now),
        "counting": _counting(seen, parts.settings.undo_seconds),
        "too_late": "",
    }


def _shown_moment(desk: Desk, issue: Issue, publication: Publication, now: datetime) -> ShownMoment | None:
    """When a scheduled issue goes out, in the zones of the publication, of the editor and of the readers."""
    if issue.scheduled_at is None:
        return None
    readers = [name for name in publication.reader_zones.split(",") if name]
    return shown(issue.scheduled_at, now, publication.time_zone, yours=desk.seat.editor.time_zone, readers=readers)


def _counting(seen: Progress, undo_seconds: int) -> int:
    """Return the seconds that the countdown is drawn for; 0 while the moment is further away."""
    whole = max(undo_seconds, COUNTED)
    return whole if seen.goes_in and seen.goes_in <= whole else 0


def _bar(seen: Progress) -> list[Stretch]:
    stretches, counted, total = [], 0, max(seen.total, 1)
    for shade, states in _SHADES:
        start = BAR * counted // total
        counted += sum(seen.counts[state] for state in states)
        stretches.append(Stretch(shade, start, BAR * counted // total - start))
    return stretches


def _state(state: str) -> DeliveryState | None:
    if not state:
        return None
    try:
        return DeliveryState(state)
    except ValueError:
        raise InputError(
            f"{state[:40]!r} is no state of a delivery", remedy=f"there are: {', '.join(DeliveryState)}"
        ) from None
