"""One reader, found by address: what they agreed to, what they got, what came back, what rules them out.

The address is looked for by POST, so that it stands in no address of a page and in no log (law 8).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.audience import history
from newsletter.errors import InputError, NotFoundError
from newsletter.feedback import overview
from newsletter.feedback.machines import MACHINE
from newsletter.web.desk.pages import PRIVATE, Changing, Desk, Reading, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/readers")

MOST_SHOWN = 200
"""Of deliveries, reports and events the newest; the JSON holds all."""


@router.get("")
def form(desk: Reading) -> Response:
    """Show the form."""
    return _form(desk)


@router.post("")
def find(desk: Changing, address: Annotated[str, Form()] = "") -> Response:
    """Go to the page of a reader; an address that is only suppressed is shown at once."""
    try:
        known = history.show(desk.parts.database, address=address)
    except (InputError, NotFoundError) as error:
        return _form(desk, address=address[:320], mistake=error.what, status=error.http_status)
    if known["subscriber"] is None:
        return _page(desk, known)
    return back_to(f"/desk/readers/{known['subscriber']['id']}")


@router.get("/{subscriber_id}.json")
def show_json(subscriber_id: Number, desk: Reading) -> Response:
    """Return everything that is known as JSON: the answer to a request under GDPR article 15."""
    return JSONResponse(history.show_reader(desk.parts.database, subscriber_id=subscriber_id), headers=PRIVATE)


@router.get("/{subscriber_id}")
def show(subscriber_id: Number, desk: Reading) -> Response:
    """Show the same as a page."""
    return _page(desk, history.show_reader(desk.parts.database, subscriber_id=subscriber_id))


def _form(desk: Desk, *, address: str = "", mistake: str = "", status: int = 200) -> Response:
    return desk.page("readers.html", {"address": address, "mistake": mistake}, status=status)


def _page(desk: Desk, known: dict[str, Any]) -> Response:
    parts, subscriber = desk.parts, known["subscriber"]
    policy = parts.reports.policy
    score = 0.0
    if subscriber is not None:
        score = overview.score_of(parts.database, clock=parts.clock, policy=policy, subscriber_id=subscriber["id"])
    long = ("deliveries", "reports", "events")
    newest = {name: known[name][::-1][:MOST_SHOWN] for name in long}
    issues = {delivery["id"]: delivery for delivery in known["deliveries"]}
    values = known | newest | {"issue_of": issues, "cut": any(len(known[name]) > MOST_SHOWN for name in long)}
    return desk.page(
        "reader.html",
        values | {"score": score, "limit": policy.limit, "machine_from": MACHINE, "now": parts.clock.now()},
    )
