"""The second step of signing in: a code after the password or the link; and a passkey, which is both steps at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool

from newsletter.accounts.limits import Admission, admit_step
from newsletter.accounts.passkeys import Begun
from newsletter.bootstrap import Parts
from newsletter.errors import InputError
from newsletter.networks import network_of
from newsletter.web import sessions
from newsletter.web.desk.pages import PRIVATE, Changing, back_to, desk_page
from newsletter.web.desk.signing_in import entered, form_page
from newsletter.web.errors import answer, trouble_of, wants_json
from newsletter.web.parts import PartsOf, client_address
from newsletter.web.provenance import check_origin

router = APIRouter(prefix="/desk")
SECOND = f"{sessions.SIGN_IN}/second"
_NOBODY = "passkey"
"""Stands where the limits of signing in have an address: a passkey says who it is only afterwards."""
Text = Annotated[str, Form()]


@router.get("/sign-in/second")
def form(request: Request, parts: PartsOf, next: str = "/desk") -> Response:  # noqa: A002 - the query's name
    """Ask for the code; who has not begun to sign in begins."""
    if parts.sign_in.half(sessions.step(request, parts)) is None:
        return back_to(sessions.SIGN_IN)
    return _page(request, target=next)


async def admitted(request: Request, parts: PartsOf) -> Admission:
    """Return the try that a code counts as: the limits are those of signing in."""
    check_origin(request)
    known = await run_in_threadpool(parts.sign_in.half, sessions.step(request, parts))
    return await sessions.admit(request, parts, known[0].address if known else "")


@router.post("/sign-in/second")
def finish(
    request: Request,
    parts: PartsOf,
    admission: Annotated[Admission, Depends(admitted)],
    *,
    code: Text = "",
    next: Text = "/desk",  # noqa: A002 - the field's name
) -> Response:
    """Open the session and go where the editor wanted to go."""
    step, target = sessions.step(request, parts), sessions.safe_next(next)
    visit, brought = sessions.visit(request), sessions.brought(request, parts)
    try:
        opened = parts.sign_in.finish(admission, step, code, visit=visit, brought=brought)
    except InputError as error:
        if parts.sign_in.half(step) is None:
            return form_page(request, target=target, mistake=f"{error.what}: {error.remedy}")
        if wants_json(request):
            return answer(request, trouble_of(error))
        return _page(request, target=target, mistake=error.what)
    return entered(request, parts, opened, target)


@router.post("/sign-in/passkey/options")
def ask_for_passkey(request: Request, parts: PartsOf) -> Response:
    """Return what the browser asks its devices for, as JSON."""
    check_origin(request)
    admit_step(parts.buckets, network=network_of(client_address(request)))
    return asked(parts, parts.accounts.passkeys.begin_sign_in())


@router.post("/account/prove/options")
def ask_for_proof(desk: Changing) -> Response:
    """Return what the browser asks for when a signed-in editor proves who they are by a passkey, as JSON."""
    return asked(desk.parts, desk.parts.accounts.passkeys.begin_proof(desk.seat))


async def shown(request: Request, parts: PartsOf) -> Admission:
    """Return the try to sign in with a passkey."""
    check_origin(request)
    return await sessions.admit(request, parts, _NOBODY)


@router.post("/sign-in/passkey")
def sign_in_with_passkey(
    request: Request,
    parts: PartsOf,
    admission: Annotated[Admission, Depends(shown)],
    *,
    passkey: Text = "",
    next: Text = "/desk",  # noqa: A002 - the field's name
) -> Response:
    """Open the session of whose passkey answered."""
    visit, brought = sessions.visit(request), sessions.brought(request, parts)
    step = sessions.step(request, parts)
    try:
        opened = parts.accounts.passkeys.sign_in(admission, step, passkey, visit=visit, brought=brought)
    except InputError as error:
        return form_page(request, target=next, mistake=error.what)
    return entered(request, parts, opened, sessions.safe_next(next))


def asked(parts: Parts, begun: Begun) -> Response:
    """Return what a browser is asked, with the cookie of the step."""
    response = Response(begun.options, media_type="application/json", headers=PRIVATE)
    sessions.start_step(response, parts, begun.secret)
    return response


def _page(request: Request, *, target: str, mistake: str = "") -> Response:
    parts: Parts = request.app.state.parts
    half = parts.sign_in.half(sessions.step(request, parts))
    factors = half[1] if half else None
    passkeys = bool(factors and factors.passkeys and parts.accounts.passkeys.name)
    values = {"seat": None, "next": sessions.safe_next(target), "mistake": mistake, "passkeys": passkeys}
    return desk_page(request, "second.html", values, status=422 if mistake else 200)
