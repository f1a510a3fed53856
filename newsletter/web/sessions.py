"""Who is signed in: a cookie with a secret that names a row, and a token in every form that proves the form is ours.

The row decides, and holds only the secret's hash. A change needs the token made of that secret, and an Origin that is this
site (OWASP, Cross-Site Request Forgery Prevention).
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from newsletter.accounts import challenges, sessions
from newsletter.accounts.browsers import describe
from newsletter.accounts.limits import Admission
from newsletter.accounts.sessions import Brought, Opened, SignedIn, Visit
from newsletter.bootstrap import Parts
from newsletter.errors import LimitError
from newsletter.networks import network_of
from newsletter.web.errors import wants_json
from newsletter.web.parts import PartsOf, client_address
from newsletter.web.provenance import check_origin
from newsletter.web.typed import Interruption, TypedHere

SIGN_IN = "/desk/sign-in"
SESSION, KNOWN, STEP, SIGN_ON = "desk", "browser", "step", "sign-on"
"""Cookies: who is signed in, that someone was before, who is half signed in, and who went to the issuer of single sign-on."""
SECOND_FACTOR = "/desk/account/second-factor"
_ENROLMENT = (SECOND_FACTOR, "/desk/account/passkeys", "/desk/sign-out", "/desk/seat")
"""What an editor may do who must set up a second factor first."""
_ELSEWHERE = "sign in in another tab, then come back to this one and sign in here"


def cookie_name(parts: Parts, name: str) -> str:
    """Return a cookie's full name; with https one that only this host can set (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-{name}" if _is_https(parts) else name


def start(response: Response, parts: Parts, opened: Opened) -> None:
    """Give this browser the cookies of a session just opened."""
    for name, secret, seconds in (
        (SESSION, opened.session, sessions.LONGEST_SECONDS),
        (KNOWN, opened.browser, sessions.KNOWN_SECONDS),
    ):
        response.set_cookie(
            cookie_name(parts, name),
            secret,
            max_age=seconds,
            path="/",
            httponly=True,
            samesite="lax",
            secure=_is_https(parts),
        )


def end(response: Response, parts: Parts, name: str = SESSION) -> None:
    """Take the cookie of the session back, or another; the browser stays known."""
    response.delete_cookie(cookie_name(parts, name), path="/", httponly=True, samesite="lax", secure=_is_https(parts))


def start_step(response: Response, parts: Parts, secret: str, name: str = STEP) -> None:
    """Give this browser the cookie of a step that it begins, such as the second factor."""
    response.set_cookie(
        cookie_name(parts, name),
        secret,
        max_age=challenges.SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(parts),
    )


def step(request: Request, parts: Parts, name: str = STEP) -> str:
    """Return the secret of the step that this browser has begun."""
    return request.cookies.get(cookie_name(parts, name), "")


def brought(request: Request, parts: Parts) -> Brought:
    """Return the secrets this browser came with."""
    session, known = (request.cookies.get(cookie_name(parts, name), "") for name in (SESSION, KNOWN))
    return Brought(session, known)


def visit(request: Request) -> Visit:
    """Return what an editor will recognise this browser by."""
    return Visit(describe(request.headers.get("user-agent", "")), network_of(client_address(request)))


async def admit(request: Request, parts: Parts, address: str, *, waits: bool = True) -> Admission:
    """Count a try to sign in and let it wait as long as it has to, without holding a thread. Raises LimitError.

    One that may hold a large form never `waits`: it is refused, and counts as none.
    """
    came_with, ip = brought(request, parts), client_address(request)
    admission = await run_in_threadpool(parts.sign_in.admit, address=address, ip=ip, brought=came_with)
    if admission.delay and not waits:
        admission.take_back()
        raise LimitError("too many attempts to sign in", retry_after=int(admission.delay), remedy=_ELSEWHERE)
    await parts.sign_in.delays.wait(admission)
    return admission


def current(request: Request, parts: PartsOf) -> SignedIn | None:
    """Return who is signed in at this browser, or None."""
    secret = brought(request, parts).session
    if not secret:
        return None
    # A page left open that looks again by itself keeps nobody signed in (OWASP, Session Management: idle timeout).
    by_itself = request.method == "GET" and "hx-request" in request.headers
    network = network_of(client_address(request))
    return sessions.look_up(parts.database, clock=parts.clock, secret=secret, network=network, at_work=not by_itself)


MaybeSignedIn = Annotated[SignedIn | None, Depends(current)]
"""Type of a view's argument: who is signed in, or None."""


def required(request: Request, seat: MaybeSignedIn) -> SignedIn:
    """Return who is signed in, or lead the browser to the form."""
    if seat is not None:
        _expect_second_factor(request, seat)
        return seat
    back = request.url.path if request.method in {"GET", "HEAD"} else "/desk"
    target = f"{SIGN_IN}?next={quote(back)}"
    if wants_json(request):
        raise HTTPException(401, "you are signed out")
    if request.headers.get("hx-request"):  # a fragment must not become the form: the whole page goes there
        raise HTTPException(401, headers={"HX-Redirect": target})
    raise HTTPException(303, headers={"Location": target})


MustBeSignedIn = Annotated[SignedIn, Depends(required)]
"""Type of a view's argument that needs an editor."""


def changing(
    request: Request,
    seat: MaybeSignedIn,
    typed: TypedHere,
    csrf: Annotated[str, Form()] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> SignedIn:
    """Return who is signed in, if the request comes from a form of ours; else refuse it. What was typed stays in the browser."""
    if seat is None:
        if typed is not None:
            raise Interruption(typed, None)
        return required(request, seat)
    _expect_second_factor(request, seat)
    check_origin(request)
    if not seat.made(csrf or x_csrf_token):
        if typed is not None:
            raise Interruption(typed, seat)
        raise HTTPException(403, "this form is not from this session: load the page again")
    return seat


def seat_of(request: Request, parts: Parts, opened: Opened) -> SignedIn:
    """Return who sits at a session that was opened just now."""
    network = network_of(client_address(request))
    seat = sessions.look_up(parts.database, clock=parts.clock, secret=opened.session, network=network)
    if seat is None:  # ended meanwhile, from another browser
        raise HTTPException(303, headers={"Location": SIGN_IN})
    return seat


def _expect_second_factor(request: Request, seat: SignedIn) -> None:
    """Lead an editor who must have a second factor and has none to setting one up, and nowhere else."""
    needed = request.app.state.parts.settings.require_second_factor and not seat.second_factor
    if not needed or request.url.path.startswith(_ENROLMENT):
        return
    if wants_json(request):
        raise HTTPException(403, "set up a second factor first")
    if request.headers.get("hx-request"):
        raise HTTPException(403, headers={"HX-Redirect": SECOND_FACTOR})
    raise HTTPException(303, headers={"Location": f"{SECOND_FACTOR}?done=needed"})


Change = Annotated[SignedIn, Depends(changing)]
"""Type of a view's argument that changes something: an editor, and a form of ours."""


def safe_next(target: str) -> str:
    """Return where to go after signing in: only to a page of the desk or the inbox."""
    try:
        parsed = urlsplit(target)
    except ValueError:
        return "/desk"
    inside = parsed.path in {"/desk", "/inbox"} or parsed.path.startswith(("/desk/", "/inbox/"))
    plain = not parsed.scheme and not parsed.netloc and "\\" not in target and target.isprintable()
    return target if inside and plain else "/desk"


def _is_https(parts: Parts) -> bool:
    return parts.settings.base_url.startswith("https://")
