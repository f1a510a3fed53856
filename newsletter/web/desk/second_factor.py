"""One's own second factor: an authenticator, passkeys, recovery codes. What is shown once is shown in the answer to its form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Response

from newsletter.accounts.limits import Admission
from newsletter.accounts.second_factor import Enrolled, Enrolment
from newsletter.errors import ConflictError, InputError
from newsletter.web import sessions
from newsletter.web.desk.account import confirming
from newsletter.web.desk.pages import Desk, Proving, Reading
from newsletter.web.desk.second_step import asked
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

PLACE = sessions.SECOND_FACTOR
router = APIRouter(prefix="/desk/account")
Text = Annotated[str, Form()]


@router.get("/second-factor")
def show(desk: Reading) -> Response:
    """Show which second factors there are."""
    return _page(desk)


@router.post("/second-factor/begin")
def begin(desk: Proving) -> Response:
    """Show the secret for an authenticator, as text and as a picture."""
    return _page(desk, enrolment=desk.parts.accounts.second_factor.begin(desk.seat))


@router.post("/second-factor/confirm")
def confirm(desk: Proving, admission: Annotated[Admission, Depends(confirming)], code: Text = "") -> Response:
    """Count the authenticator from now on, and show recovery codes."""
    tools = desk.parts.accounts.second_factor
    try:
        enrolled = tools.confirm(desk.seat, code, visit=sessions.visit(desk.request))
    except InputError as error:
        return _page(desk, enrolment=tools.begun(desk.seat), mistake=f"{error.what}: {error.remedy}")
    admission.take_back()
    return _changed(desk, enrolled)


@router.post("/second-factor/remove")
def remove(desk: Proving) -> Response:
    """Take the authenticator away."""
    return _changed(desk, desk.parts.accounts.second_factor.remove(desk.seat, visit=sessions.visit(desk.request)))


@router.post("/second-factor/recovery-codes")
def new_recovery_codes(desk: Proving) -> Response:
    """Show new recovery codes, in place of the old ones."""
    return _page(desk, shown=desk.parts.accounts.second_factor.new_recovery_codes(desk.seat))


@router.post("/passkeys/options")
def ask_for_new(desk: Proving) -> Response:
    """Return what the browser makes a passkey of, as JSON."""
    return asked(desk.parts, desk.parts.accounts.passkeys.begin(desk.seat))


@router.post("/passkeys")
def add(desk: Proving, passkey: Text = "", name: Text = "") -> Response:
    """Store a passkey that the browser made."""
    parts, step = desk.parts, sessions.step(desk.request, desk.parts)
    try:
        enrolled = parts.accounts.passkeys.add(desk.seat, step, passkey, name, visit=sessions.visit(desk.request))
    except (InputError, ConflictError) as error:
        if wants_json(desk.request):
            raise
        return _page(desk, mistake=f"{error.what}: {error.remedy}")
    return _changed(desk, enrolled)


@router.post("/passkeys/{passkey_id}/remove")
def remove_passkey(desk: Proving, passkey_id: Number) -> Response:
    """Remove a passkey."""
    return _changed(
        desk, desk.parts.accounts.passkeys.remove(desk.seat, passkey_id, visit=sessions.visit(desk.request))
    )


def _changed(desk: Desk, enrolled: Enrolled) -> Response:
    """Show what there is now, under the session that goes on here."""
    parts = desk.parts
    seat = sessions.seat_of(desk.request, parts, enrolled.opened)
    response = _page(Desk(desk.request, parts, seat), shown=enrolled.recovery_codes, changed=True)
    sessions.start(response, parts, enrolled.opened)
    return response


def _page(
    desk: Desk,
    *,
    enrolment: Enrolment | None = None,
    shown: Sequence[str] = (),
    mistake: str = "",
    changed: bool = False,
) -> Response:
    parts = desk.parts
    values = {
        "factors": parts.accounts.second_factor.of(desk.seat),
        "passkeys": parts.accounts.passkeys.of(desk.seat),
        "can_have_passkeys": bool(parts.accounts.passkeys.name),
        "enrolment": enrolment,
        "picture": _picture(enrolment.uri) if enrolment else "",
        "shown": shown,
        "mistake": mistake,
        "now": parts.clock.now(),
        "needed": parts.settings.require_second_factor,
    }
    if changed:
        values["done"] = "Your second factor is changed, and you are signed out everywhere else."
    return desk.page("second_factor.html", values, status=422 if mistake else 200)


def _picture(uri: str) -> str:
    """Return an address as a QR code (ISO/IEC 18004) in SVG, without a style of its own."""
    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, nl=False, omitsize=True, svgclass="qr", lineclass="", border=4
    )
    return drawn.getvalue().decode("ascii")
