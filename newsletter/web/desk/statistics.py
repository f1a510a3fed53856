"""The numbers of an issue, its links, and the reports that need a person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import InputError
from newsletter.feedback import links, overview, publication_numbers, statistics
from newsletter.paging import cut
from newsletter.web.desk.pages import PRIVATE, Desk, ManagesService, SeesNumbers, SeesService, Sends, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")
_ISSUE = "/{publication}/issues/{issue_id}"
PAGE = 50


@router.get(f"{_ISSUE}/report")
def report(issue_id: Number, desk: SeesNumbers, beside: Number = 0) -> Response:
    """Show what became of an issue, beside the last ones and the one `beside`."""
    return _page(desk, issue_id, beside=beside)


@router.get(f"{_ISSUE}/report.json")
def report_json(issue_id: Number, desk: SeesNumbers, beside: Number = 0) -> Response:
    """Return the numbers as JSON, with those that they are compared with."""
    compared = _compared(desk, issue_id, beside).as_dict()
    return JSONResponse(_report(desk, issue_id).as_dict() | {"compared": compared}, headers=PRIVATE)


@router.get(f"{_ISSUE}/report.csv")
def report_csv(issue_id: Number, desk: SeesNumbers, raw: bool = False, beside: Number = 0) -> Response:
    """Return the numbers as CSV, with those that they are compared with."""
    found = _report(desk, issue_id)
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{found.publication}-{found.slug}.csv"'}
    return Response(
        found.as_csv(_compared(desk, issue_id, beside).rows(), raw=raw),
        headers=headers,
        media_type="text/csv; charset=utf-8; header=present",
    )


@router.post(f"{_ISSUE}/links/{{number}}")
def relink(issue_id: Number, number: Number, desk: Sends, url: Annotated[str, Form()] = "") -> Response:
    """Let a link that was sent lead elsewhere."""
    (issue, _), parts = desk.load(issue_id), desk.parts
    try:
        links.change(parts.database, clock=parts.clock, issue_id=issue.id, number=number, url=url, by=desk.by)
    except InputError as error:
        return _page(desk, issue_id, wrong={"number": number, "url": url[:2000], "what": str(error)}, status=422)
    return back_to(desk.at(issue_id, "report"), "relinked")


@router.get("/reports")
def reports(desk: SeesService, before: Number = 0) -> Response:
    """Show the reports that could not be read, newest first, and how many of each state there are."""
    database = desk.parts.database
    found = overview.raw_reports(database, state="set-aside", after=before, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last["id"])
    values = {
        "rows": rows,
        "more": more,
        "counts": overview.counts(database),
        "tallies": overview.tallies(database),
        "unproven": overview.unproven_today(database, clock=desk.parts.clock),
    }
    return desk.page("reports.html", values)


@router.post("/reports/{report_id}/retry")
def retry(report_id: Number, desk: ManagesService) -> Response:
    """Have a report read once more."""
    parts = desk.parts
    overview.read_again(parts.database, clock=parts.clock, queue=parts.queue, raw_report_id=report_id, by=desk.by)
    return back_to("/desk/reports", "retried")


@router.post("/reports/{report_id}/discard")
def discard(report_id: Number, desk: ManagesService) -> Response:
    """Let a report be."""
    overview.discard(desk.parts.database, clock=desk.parts.clock, raw_report_id=report_id, by=desk.by)
    return back_to("/desk/reports", "discarded")


def _page(
    desk: Desk, issue_id: int, *, wrong: dict[str, Any] | None = None, status: int = 200, beside: int = 0
) -> Response:
    issue, publication = desk.load(issue_id)
    database = desk.parts.database
    listed = links.listing(database, issue_id=issue.id)
    values = {"issue": issue, "publication": publication, "report": _report(desk, issue_id), "listed": listed}
    others = _compared(desk, issue_id, beside)
    return desk.page("report.html", values | {"wrong": wrong, "others": others, "beside": beside}, status=status)


def _compared(desk: Desk, issue_id: int, beside: int) -> publication_numbers.Compared:
    issue, _ = desk.load(issue_id)
    return publication_numbers.compared(desk.parts.database, issue=issue, with_id=beside)


def _report(desk: Desk, issue_id: int) -> statistics.IssueReport:
    issue, _ = desk.load(issue_id)
    return statistics.report(desk.parts.database, issue_id=issue.id)
