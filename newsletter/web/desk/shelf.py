"""The issues of one publication: by state, by words, page by page; copy one, or move it to another day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Response

from newsletter.delivery.unattended import nobody_works
from newsletter.errors import ConflictError, InputError
from newsletter.issues import calendar, catalogue, publishing, questions, searching
from newsletter.model import Issue, Publication
from newsletter.model.states import IssueState
from newsletter.paging import IssueMark, cut, read_issue_mark, write_issue_mark
from newsletter.wall_clock import ShownMoment, read_local
from newsletter.web.desk.pages import Desk, Sees, SendsForGood, Writes, back_to
from newsletter.web.desk.when import told
from newsletter.web.parts import Number
from newsletter.zones import day_of, zone

router = APIRouter(prefix="/desk/{publication}")
PAGE = 50
MOST_WORDS = 200
_SPANS = {"month": calendar.month, "week": calendar.week}


@router.get("/issues")
def of_one(desk: Sees, tab: str = "", words: str = "", before: str = "") -> Response:
    """List the issues of a publication, newest first: of one tab or of all, and those that a search finds."""
    assert desk.publication is not None
    home, database, mark = desk.publication, desk.parts.database, read_issue_mark(before)
    wanted = searching.wanted(home, searching.read_tab(tab), words[:MOST_WORDS])
    found, alerts = catalogue.shelf_page(database, wanted, before=mark, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: write_issue_mark(IssueMark(last.issue.dated, last.issue.id)))
    kept = {name: value for name, value in (("tab", tab), ("words", words[:MOST_WORDS])) if value}
    values = {
        "alerts": alerts,
        "rows": rows,
        "publication": home,
        "tab": tab,
        "tabs": searching.TABS,
        "searched": words[:MOST_WORDS],
        "at": f"/desk/{home.slug}/issues",
        "zone": zone(home.time_zone),
        "here": urlencode(kept),
        "more": urlencode(kept | {"before": more}) if more else "",
        "started": mark is not None,
        "nobody_works": nobody_works(database, clock=desk.parts.clock),
    }
    return desk.page("shelf.html", values)


@router.get("/calendar")
def show_calendar(desk: Sees, span: str = "month", day: str = "", moved: Number = 0) -> Response:
    """Show the issues of a month or a week, day by day; of the one that was `moved`, when it goes out."""
    return _calendar(desk, span, day, moved=moved)


@router.post("/issues/{issue_id}/copy")
def copy(issue_id: Number, desk: Writes) -> Response:
    """Begin a draft with the text of this issue."""
    issue, _ = desk.load(issue_id)
    return back_to(desk.at(desk.parts.rearranging.duplicate(issue.id, by=desk.by).id), "copied")


@router.post("/issues/{issue_id}/day")
def move(
    issue_id: Number, desk: Writes, day: Annotated[str, Form()] = "", span: Annotated[str, Form()] = "month"
) -> Response:
    """Date a draft another day."""
    issue, home = desk.load(issue_id)
    try:
        wanted = _day(day)
        desk.parts.rearranging.move(issue.id, wanted, by=desk.by)
    except (InputError, ConflictError) as error:
        return _calendar(desk, span, issue.dated.isoformat(), wrong={"issue": issue, "day": day[:40]}, mistake=error)
    return back_to(f"/desk/{home.slug}/calendar?span={_span(span)}&day={wanted}&moved={issue.id}")


@router.post("/issues/{issue_id}/reschedule")
def reschedule(
    issue_id: Number,
    desk: SendsForGood,
    *,
    day: Annotated[str, Form()] = "",
    hour: Annotated[str, Form()] = "",
    span: Annotated[str, Form()] = "month",
    despite: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Let a scheduled issue go out at another moment, told as day and hour of the publication's zone; it is never a draft between."""
    issue, home = desk.load(issue_id)
    wrong = {"issue": issue, "day": day[:40], "hour": hour[:10], "asked": ()}
    try:
        at = read_local(f"{_day(day)}T{hour}", home.time_zone)
        desk.parts.publishing.reschedule(issue.id, at, despite=despite or [], by=desk.by)
    except publishing.RefusedError as error:
        wrong["asked"] = error.findings
        return _calendar(desk, span, _shown_day(issue, home), wrong=wrong, mistake=error)
    except (InputError, ConflictError) as error:
        return _calendar(desk, span, _shown_day(issue, home), wrong=wrong, mistake=error)
    return back_to(f"/desk/{home.slug}/calendar?span={_span(span)}&day={day}&moved={issue.id}")


def _shown_day(issue: Issue, home: Publication) -> str:
    return calendar.day_shown(issue, home).isoformat()


def _day(text: str) -> date:
    if not text:
        raise InputError("no day was chosen", where="day", remedy="choose one")
    return calendar.read_day(text, otherwise=calendar.FIRST_DAY)


def _span(span: str) -> str:
    return span if span in _SPANS else "month"


def _calendar(
    desk: Desk,
    span: str,
    day: str,
    *,
    wrong: dict[str, Any] | None = None,
    mistake: InputError | ConflictError | None = None,
    moved: int = 0,
) -> Response:
    assert desk.publication is not None
    home, now = desk.publication, desk.parts.clock.now()
    chosen = calendar.read_day(day, otherwise=day_of(now, home.time_zone))
    shown = _SPANS[_span(span)](desk.parts.database, home, chosen, now)
    values = {
        "publication": home,
        "shown": shown,
        "zone": zone(home.time_zone),
        "span": _span(span),
        "at": f"/desk/{home.slug}/calendar",
        "may_move": _may_move(desk),
        "wrong": wrong,
        "mistake": mistake,
        "headlines": defaultdict(str, questions.HEADLINES),
        "goes_out": _goes_out(desk, shown, moved),
    }
    return desk.page("calendar.html", values, status=mistake.http_status if mistake else 200)


def _goes_out(desk: Desk, page: calendar.CalendarPage, moved: int) -> tuple[Issue, ShownMoment] | None:
    """A scheduled issue that was moved, and its moment in all zones; None for every other."""
    assert desk.publication is not None
    issues = (issue for week in page.weeks for day in week for issue in day.issues)
    found = next((issue for issue in issues if issue.id == moved and issue.state is IssueState.SCHEDULED), None)
    if found is None or found.scheduled_at is None:
        return None
    return found, told(desk, desk.publication, found.scheduled_at, desk.parts.clock.now())


def _may_move(desk: Desk) -> Any:
    writes, sends = desk.may("write"), desk.may("send")

    def may_move(issue: Issue) -> bool:
        return (writes and issue.state is IssueState.DRAFT) or (
            writes and sends and issue.state is IssueState.SCHEDULED
        )

    return may_move
