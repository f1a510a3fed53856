"""A page of one's own: password, the browsers one is signed in at, and leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response

from newsletter.accounts import own_account
from newsletter.accounts import sessions as signed_in
from newsletter.accounts.limits import Admission
from newsletter.accounts.passwords import LEAST_CHARS, MOST_CHARS
from newsletter.errors import ConflictError, InputError
from newsletter.web import sessions
from newsletter.web.desk.pages import Changing, Desk, Reading, back_to
from newsletter.web.desk.signing_in import signed_out
from newsletter.web.parts import Number
from newsletter.zones import zone_names

ACCOUNT = "/desk/account"
router = APIRouter(prefix=ACCOUNT)


async def confirming(desk: Changing) -> Admission:
    """Return the try that asking for the password counts as: the limits are those of signing in."""
    return await sessions.admit(desk.request, desk.parts, desk.seat.editor.address)


Confirming = Annotated[Admission, Depends(confirming)]
Password = Annotated[str, Form()]


@router.get("")
def show(desk: Reading) -> Response:
    """Show the page."""
    return _page(desk)


@router.post("/password")
def change_password(
    desk: Changing, admission: Confirming, present: Password = "", new: Password = "", again: Password = ""
) -> Response:
    """Take a new password: every browser is signed out, and this one signed in anew."""
    if new != again:
        admission.take_back()
        return _page(desk, "password", "the new password is not the same both times")
    try:
        opened = own_account.change_password(
            desk.parts.sign_in,
            admission,
            desk.seat,
            present=present,
            new=new,
            visit=sessions.visit(desk.request),
        )
    except InputError as error:
        return _page(desk, "password", error.what)
    response = back_to(ACCOUNT, "password")
    sessions.start(response, desk.parts, opened)
    return response


@router.post("/name")
def choose_name(desk: Changing, name: Annotated[str, Form()] = "") -> Response:
    """Say how one is called: pages show it beside what one did."""
    try:
        own_account.choose_name(desk.parts.database, desk.parts.clock, desk.seat, name)
    except InputError as error:
        return _page(desk, "name", f"{error.what}: {error.remedy}")
    return back_to(ACCOUNT, "saved")


@router.post("/zone")
def choose_zone(desk: Changing, time_zone: Annotated[str, Form()] = "") -> Response:
    """Say in which time zone one is: times are told in it beside the publication's."""
    try:
        own_account.choose_zone(desk.parts.database, desk.parts.clock, desk.seat, time_zone)
    except InputError as error:
        return _page(desk, "zone", f"{error.what}: {error.remedy}")
    return back_to(ACCOUNT, "saved")


@router.post("/sessions/{session_id}/end")
def end_session(desk: Changing, session_id: Number) -> Response:
    """Sign one browser of one's own out."""
    parts, seat = desk.parts, desk.seat
    signed_in.end_one(parts.database, seat.editor.id, session_id, clock=parts.clock, by=seat.actor)
    return signed_out(desk, "ended") if session_id == desk.seat.session_id else back_to(ACCOUNT, "ended")


@router.post("/sign-out-others")
def sign_out_others(desk: Changing) -> Response:
    """Sign every other browser out."""
    parts, seat = desk.parts, desk.seat
    signed_in.end_others(parts.database, seat.editor.id, seat.session_id, clock=parts.clock, by=seat.actor)
    return back_to(ACCOUNT, "alone")


@router.post("/sign-out-everywhere")
def sign_out_everywhere(desk: Changing) -> Response:
    """Sign every browser out, this one too."""
    parts, seat = desk.parts, desk.seat
    signed_in.end_all(parts.database, seat.editor.id, clock=parts.clock, by=seat.actor)
    return signed_out(desk, "everywhere")


@router.post("/disable")
def disable(desk: Changing, admission: Confirming, password: Password = "") -> Response:
    """Disable one's own account."""
    return _leave(desk, admission, own_account.disable, password, "disabled")


@router.post("/remove")
def remove(desk: Changing, admission: Confirming, password: Password = "") -> Response:
    """Delete one's own account."""
    return _leave(desk, admission, own_account.remove, password, "removed")


def _leave(desk: Desk, admission: Admission, step: Callable[..., None], password: str, done: str) -> Response:
    try:
        step(desk.parts.sign_in, admission, desk.seat, password=password)
    except (InputError, ConflictError) as error:
        return _page(desk, "leave", f"{error.what}: {error.remedy}", status=error.http_status)
    return signed_out(desk, done)


def _page(desk: Desk, wrong: str = "", mistake: str = "", *, status: int = 422) -> Response:
    parts = desk.parts
    sign_on = parts.accounts.single_sign_on
    values = {
        "sign_on": sign_on.name if sign_on else "",
        "issuer": sign_on.issuer.client.issuer if sign_on else "",
        "identities": parts.accounts.identities.of(desk.seat),
        "sessions": signed_in.open_of(parts.database, clock=parts.clock, editor_id=desk.seat.editor.id),
        "now": parts.clock.now(),
        "zones": zone_names(),
        "wrong": wrong,
        "mistake": mistake,
        "least": LEAST_CHARS,
        "most": MOST_CHARS,
    }
    return desk.page("account.html", values, status=status if wrong else 200)
