"""Go on after the session ended, without a script: sign in over what was typed, then find it where it belongs, not stored yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from fastapi.concurrency import run_in_threadpool

from newsletter.accounts import sessions as signed_in
from newsletter.accounts.limits import Admission
from newsletter.accounts.sessions import Opened
from newsletter.accounts.sign_in import Half
from newsletter.bootstrap import Parts
from newsletter.errors import InputError, LimitError
from newsletter.web import sessions
from newsletter.web.desk import editing, reviewing
from newsletter.web.desk.pages import Desk, back_to, desk_page
from newsletter.web.errors import answer, trouble_of, wants_json
from newsletter.web.parts import PartsOf
from newsletter.web.provenance import check_origin
from newsletter.web.proving import Unproved
from newsletter.web.typed import PREFIX, Interruption, Typed, TypedBefore, TypedPlace

AGAIN = f"{sessions.SIGN_IN}/again"
_SIGNED_IN = "You are signed in as {address}. This was typed in this browser before, and is not stored: look at it, and press again."
_OTHER_SESSION = "Your session is another one than this page's. What you typed is here, and is not stored: press again."
_LABELS = {"url": "Address of the link", "slug": "Slug", "address": "Address of the reader"}
router = APIRouter(prefix="/desk")


def install(app: FastAPI) -> None:
    """Answer every form of the desk that outlived its session with what was typed."""
    app.add_exception_handler(Interruption, _on_interruption)
    app.add_exception_handler(Unproved, _on_unproved)


async def tried(request: Request, parts: PartsOf, address: Annotated[str, Form()] = "") -> Admission | LimitError:
    """Return the try to sign in, or why it is none: told over the text, which an error page would lose."""
    check_origin(request)
    try:
        return await sessions.admit(request, parts, address, waits=False)
    except LimitError as error:
        return error


@router.post("/sign-in/again")
def sign_in_again(
    request: Request,
    parts: PartsOf,
    admission: Annotated[Admission | LimitError, Depends(tried)],
    typed: TypedBefore,
    *,
    address: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Open a session and show what was typed before, where it was typed; nothing of it is stored or done."""
    if isinstance(admission, LimitError):
        return _over(request, typed, address=address, mistake=admission)
    visit, brought = sessions.visit(request), sessions.brought(request, parts)
    try:
        opened = parts.sign_in.authenticate(admission, address=address, password=password, visit=visit, brought=brought)
    except (InputError, LimitError) as error:
        return _over(request, typed, address=address, mistake=error)
    if isinstance(opened, Half):
        response = _over(request, typed, half=True)
        sessions.start_step(response, parts, opened.secret)
        return response
    return _back(request, parts, typed, opened)


async def coded(request: Request, parts: PartsOf) -> Admission | LimitError:
    """Return the try that a code counts as, or why it is none."""
    check_origin(request)
    known = await run_in_threadpool(parts.sign_in.half, sessions.step(request, parts))
    try:
        return await sessions.admit(request, parts, known[0].address if known else "", waits=False)
    except LimitError as error:
        return error


@router.post("/sign-in/again/second")
def finish_again(
    request: Request,
    parts: PartsOf,
    admission: Annotated[Admission | LimitError, Depends(coded)],
    typed: TypedBefore,
    code: Annotated[str, Form()] = "",
) -> Response:
    """Open the session that waits for a code, over what was typed before."""
    if isinstance(admission, LimitError):
        return _over(request, typed, half=True, mistake=admission)
    visit, brought = sessions.visit(request), sessions.brought(request, parts)
    step = sessions.step(request, parts)
    try:
        opened = parts.sign_in.finish(admission, step, code, visit=visit, brought=brought)
    except InputError as error:
        if wants_json(request):
            return answer(request, trouble_of(error))
        half = parts.sign_in.half(step) is not None  # else it begins anew, with what was typed
        return _over(request, typed, half=half, mistake=error)
    return _back(request, parts, typed, opened)


def _back(request: Request, parts: Parts, typed: Typed | None, opened: Opened) -> Response:
    seat = signed_in.look_up(
        parts.database, clock=parts.clock, secret=opened.session, network=sessions.visit(request).network
    )
    response: Response = back_to("/desk")
    if seat is not None and typed is not None:
        response = _resumed(Desk(request, parts, seat), typed, _SIGNED_IN.format(address=seat.editor.address))
    sessions.start(response, parts, opened)
    return response


def _on_interruption(request: Request, error: Exception) -> Response:
    assert isinstance(error, Interruption)
    if error.seat is None:
        return _over(request, error.typed)
    return _resumed(Desk(request, request.app.state.parts, error.seat), error.typed, _OTHER_SESSION, status=403)


def _on_unproved(request: Request, error: Exception) -> Response:
    """Ask who it is, over what was sent."""
    assert isinstance(error, Unproved)
    parts: Parts = request.app.state.parts
    passkeys = bool(parts.accounts.passkeys.name and parts.accounts.passkeys.of(error.seat))
    sign_on = parts.accounts.single_sign_on
    values = {
        "action": request.url.path,
        "fields": error.fields,
        "mistake": error.mistake,
        "passkeys": passkeys,
        "sign_on": sign_on.name if sign_on and sign_on.knows(error.seat) else "",
    }
    return Desk(request, parts, error.seat).page("prove.html", values, status=422 if error.mistake else 403)


def _over(
    request: Request,
    typed: Typed | None,
    *,
    address: str = "",
    half: bool = False,
    mistake: InputError | LimitError | None = None,
) -> Response:
    """Show the form that signs in over what was typed, which comes back with it."""
    values = {
        "seat": None,
        "action": f"{AGAIN}/second" if half else AGAIN,
        "half": half,
        "prefix": PREFIX,
        "typed": typed or Typed("", ()),
        "address": address[:320],
        "mistake": f"{mistake.what}: {mistake.remedy}" if mistake else "",
    }
    answer = desk_page(request, "interrupted.html", values, status=mistake.http_status if mistake else 401)
    if isinstance(mistake, LimitError):
        answer.headers["Retry-After"] = str(max(1, mistake.retry_after))
    return answer


def _resumed(desk: Desk, typed: Typed, told: str, *, status: int = 200) -> Response:
    """Show what was typed where it was typed; rights and revisions are asked as for anybody, when it is sent."""
    if typed.place is TypedPlace.TEXT:
        return editing.reopened(desk, typed, told, status=status)
    if typed.place is TypedPlace.REVIEW:
        return reviewing.reopened(desk, typed, told, status=status)
    return desk.page("resumed.html", {"typed": typed, "labels": _LABELS, "done": told}, status=status)
