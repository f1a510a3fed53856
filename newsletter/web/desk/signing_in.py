"""Sign in and out. The same answer for an unknown address and a wrong password."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response

from newsletter.accounts.limits import Admission
from newsletter.accounts.sessions import Opened, end_one
from newsletter.accounts.sign_in import Half
from newsletter.bootstrap import Parts
from newsletter.errors import InputError
from newsletter.web import sessions
from newsletter.web.desk.pages import Changing, back_to, desk_page
from newsletter.web.errors import Trouble, answer, trouble_of, wants_json
from newsletter.web.parts import PartsOf
from newsletter.web.provenance import check_origin
from newsletter.web.sessions import MaybeSignedIn

router = APIRouter(prefix="/desk")


@router.get("/sign-in")
def form(request: Request, seat: MaybeSignedIn, next: str = "/desk") -> Response:  # noqa: A002 - the query's name
    """Show the form; who is signed in already goes on."""
    if seat is not None:
        return back_to(sessions.safe_next(next))
    return form_page(request, target=next)


async def admitted(request: Request, parts: PartsOf, address: Annotated[str, Form()] = "") -> Admission:
    """Return the try to sign in, counted before anything is done for it; another site's form counts for nobody."""
    check_origin(request)
    return await sessions.admit(request, parts, address)


@router.post("/sign-in")
def sign_in(
    request: Request,
    parts: PartsOf,
    admission: Annotated[Admission, Depends(admitted)],
    *,
    address: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/desk",  # noqa: A002 - the field's name
) -> Response:
    """Open a session and go where the editor wanted to go; a script that asks for JSON stays on its page."""
    target = sessions.safe_next(next)
    try:
        opened = parts.sign_in.authenticate(
            admission,
            address=address,
            password=password,
            visit=sessions.visit(request),
            brought=sessions.brought(request, parts),
        )
    except InputError as error:
        if wants_json(request):
            return answer(request, trouble_of(error))
        return form_page(request, target=target, address=address[:320], mistake=error.what)
    return entered(request, parts, opened, target)


@router.post("/sign-out")
def sign_out(desk: Changing) -> Response:
    """Close the session for good: the cookie is worth nothing afterwards."""
    parts, seat = desk.parts, desk.seat
    end_one(parts.database, seat.editor.id, seat.session_id, clock=parts.clock, by=seat.actor)
    return signed_out(desk)


def entered(request: Request, parts: Parts, opened: Opened | Half, target: str) -> Response:
    """Return the way on with the cookies of a session; where a second factor is asked for, the way to its form."""
    if isinstance(opened, Opened):
        response = Response(status_code=204) if wants_json(request) else back_to(target)
        sessions.start(response, parts, opened)
        return response
    if wants_json(request):
        return answer(
            request, Trouble(409, "Your second factor is asked for.", "Sign in in another tab, then come back.")
        )
    response = back_to(f"{sessions.SIGN_IN}/second?next={quote(target)}")
    sessions.start_step(response, parts, opened.secret)
    return response


def signed_out(desk: Changing, done: str = "") -> Response:
    """Return the way to the form, without the cookie."""
    response = back_to(sessions.SIGN_IN, done)
    sessions.end(response, desk.parts)
    return response


def form_page(request: Request, *, target: str, address: str = "", mistake: str = "", status: int = 422) -> Response:
    """Return the form, with what was wrong and its status; a program is told in its own way."""
    if mistake and wants_json(request):
        return answer(request, Trouble(status, f"{mistake[:1].upper()}{mistake[1:]}."))
    accounts = request.app.state.parts.accounts
    passkeys, sign_on = bool(accounts.passkeys.name), accounts.single_sign_on
    values = {
        "seat": None,
        "passkeys": passkeys,
        "sign_on": sign_on.name if sign_on else "",
        "next": sessions.safe_next(target),
        "address": address,
        "mistake": mistake,
    }
    return desk_page(request, "sign_in.html", values, status=status if mistake else 200)
