"""The numbers of a publication: growth and issues over a range of days, as a page with charts and tables, as JSON and as CSV."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from newsletter.errors import InputError
from newsletter.feedback import publication_numbers
from newsletter.feedback.publication_numbers import RANGES, PublicationNumbers
from newsletter.web.desk.pages import PRIVATE, Desk, SeesNumbers

router = APIRouter(prefix="/desk/{publication}")
_CSV = "text/csv; charset=utf-8; header=present"


def asked_range(days: str = "", first: str = "", last: str = "") -> tuple[str, str, str]:
    """Return what a range of days was asked for with: a word of `RANGES`, or its first and its last day."""
    return days, first, last


Asked = Annotated[tuple[str, str, str], Depends(asked_range)]


@router.get("/numbers")
def dashboard(desk: SeesNumbers, asked: Asked) -> Response:
    """Show growth and issues; `days` is one of the ranges that are offered, `first` and `last` name another."""
    found, (days, first, last) = _found(desk, *asked), asked
    chosen = days if days in RANGES else "" if first or last else "90"
    values = {"publication": desk.publication, "numbers": found, "days": chosen, "ranges": RANGES}
    return desk.page(
        "numbers.html", values | {"totals": found.totals, "asked": f"first={found.first}&last={found.last}"}
    )


@router.get("/numbers.json")
def as_json(desk: SeesNumbers, asked: Asked) -> Response:
    """Return the same as JSON."""
    return JSONResponse(_found(desk, *asked).as_dict(), headers=PRIVATE)


@router.get("/numbers/{what}.csv")
def as_csv(desk: SeesNumbers, what: str, asked: Asked, raw: bool = False) -> Response:
    """Return `growth` by day, or `issues`, as CSV."""
    found = _found(desk, *asked)
    kinds = {"growth": found.growth_csv, "issues": found.issues_csv}
    if what not in kinds:
        raise InputError(f"there is no {what[:40]!r} here", remedy="there are: growth, issues")
    name = f"{found.publication}-{what}-{found.first}-{found.last}.csv"
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(kinds[what](raw=raw), headers=headers, media_type=_CSV)


def _found(desk: Desk, days: str, first: str, last: str) -> PublicationNumbers:
    assert desk.publication is not None, "it is asked for below a publication's address"
    begin, end = _day(first, "first"), _day(last, "last")
    if days in RANGES:
        end = desk.parts.clock.now().astimezone(UTC).date()
        begin = end - timedelta(days=RANGES[days] - 1)
    return publication_numbers.numbers(
        desk.parts.database,
        clock=desk.parts.clock,
        publication_id=desk.publication.id,
        first=begin,
        last=end,
    )


def _day(written: str, name: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InputError(f"{written[:40]!r} is no day", where=name, remedy="write it as 2026-05-09") from None
