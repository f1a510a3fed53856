"""One reader, found by address: what they agreed to, what they got, what came back, what rules them out.

The address is looked for by POST, so that it stands in no address of a page and in no log (law 8).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.accounts import permissions
from newsletter.audience import history
from newsletter.errors import InputError, NotFoundError
from newsletter.feedback import overview
from newsletter.issues.addressing import every_publication
from newsletter.model.feedback import MACHINE
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, FindsPeople, SeesPeople, back_to
from newsletter.web.desk.reader_fields import known_form
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/readers")

MOST_SHOWN = 200
"""Of deliveries, reports and events the newest; the JSON holds all."""


@router.get("")
def form(desk: SeesPeople) -> Response:
    """Show the form."""
    return _form(desk)


@router.post("")
def find(desk: FindsPeople, address: Annotated[str, Form()] = "") -> Response:
    """Go to the page of a reader; an address that is only suppressed is shown at once."""
    try:
        known = _seen_from(desk, history.show(desk.parts.database, address=address))
    except (InputError, NotFoundError) as error:
        return _form(desk, address=address[:320], mistake=error.what, status=error.http_status)
    if known["subscriber"] is None:
        return _page(desk, known)
    return back_to(f"{_at(desk)}/{known['subscriber']['id']}")


@router.get("/{subscriber_id}.json")
def show_json(subscriber_id: Number, desk: SeesPeople) -> Response:
    """Return everything that is known as JSON: the answer to a request under GDPR article 15."""
    return JSONResponse(_known(desk, subscriber_id), headers=PRIVATE)


@router.get("/{subscriber_id}")
def show(subscriber_id: Number, desk: SeesPeople) -> Response:
    """Show the same as a page."""
    return _page(desk, _known(desk, subscriber_id))


def _at(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/readers"


def _known(desk: Desk, subscriber_id: int) -> dict[str, Any]:
    return _seen_from(desk, history.show_reader(desk.parts.database, subscriber_id=subscriber_id))


def _seen_from(desk: Desk, known: dict[str, Any]) -> dict[str, Any]:
    """Return of what is known of somebody what concerns the publications whose readers this editor may see.

    Raises NotFoundError for somebody who is no reader of the publication in the address, unless all may be seen.
    """
    if permissions.may(desk.by, Right.SEE_PEOPLE, None):
        return known
    assert desk.publication is not None
    every = every_publication(desk.parts.database)
    mine = {each.slug for each in every if desk.may(Right.SEE_PEOPLE, each.id)}
    found = {
        name: [row for row in known[name] if row["publication"] in mine] for name in ("subscriptions", "deliveries")
    }
    if desk.publication.slug not in {row["publication"] for rows in found.values() for row in rows}:
        raise NotFoundError(
            "this is no reader of the publication", remedy="is the address written as in the subscription?"
        )
    sent = {row["id"] for row in found["deliveries"]}
    told = {name: [row for row in known[name] if row["delivery"] in sent] for name in ("reports", "events")}
    ruled_out = [row for row in known["suppressions"] if row["publication"] in {*mine, None}]
    return known | found | told | {"suppressions": ruled_out}


def _form(desk: Desk, *, address: str = "", mistake: str = "", status: int = 200) -> Response:
    return desk.page("readers.html", {"at": _at(desk), "address": address, "mistake": mistake}, status=status)


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
        values
        | {
            "zone_name": desk.publication.time_zone if desk.publication else "",
            "at": _at(desk),
            "score": score,
            "limit": policy.limit,
            "known_form": known_form(desk, subscriber["id"]) if subscriber else None,
            "known_at": f"{_at(desk)}/{subscriber['id']}/known" if subscriber else "",
            "machine_from": MACHINE,
            "now": parts.clock.now(),
        },
    )
