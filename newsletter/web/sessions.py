"""Who is signed in: a signed cookie that names a row, and a token in every form that proves the form is ours.

The cookie says nothing by itself: it holds a timed token of the session's id, and the row decides. A change needs a CSRF
token made for that session, and an Origin that is this site (OWASP, Cross-Site Request Forgery Prevention).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Header, Request, Response
from starlette.exceptions import HTTPException

from newsletter.bootstrap import Parts
from newsletter.errors import TokenError
from newsletter.issues import editors
from newsletter.model import Editor, EditorSession
from newsletter.tokens import Purpose
from newsletter.web.parts import PartsOf

SIGN_IN = "/desk/sign-in"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The editor at this browser; `csrf` goes into every form."""

    editor: Editor
    session_id: int
    csrf: str


def cookie_name(parts: Parts) -> str:
    """Return the cookie's name; with https one that only this host can set (RFC 6265bis section 4.1.3.2)."""
    return "__Host-desk" if _is_https(parts) else "desk"


def start(response: Response, parts: Parts, opened: EditorSession) -> None:
    """Give this browser the cookie of a session just opened."""
    response.set_cookie(
        cookie_name(parts),
        parts.signer.issue_timed(Purpose.SESSION, opened.id, parts.clock.now()),
        max_age=editors.SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(parts),
    )


def end(response: Response, parts: Parts) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(parts), path="/", httponly=True, samesite="lax", secure=_is_https(parts))


def current(request: Request, parts: PartsOf) -> SignedIn | None:
    """Return who is signed in at this browser, or None."""
    cookie = request.cookies.get(cookie_name(parts))
    if not cookie:
        return None
    try:
        session_id = parts.signer.read_timed(Purpose.SESSION, cookie, parts.clock.now(), editors.SESSION_SECONDS)
    except TokenError:
        return None
    editor = editors.signed_in(parts.database, clock=parts.clock, session_id=session_id)
    return None if editor is None else SignedIn(editor, session_id, parts.signer.issue(Purpose.CSRF, session_id))


MaybeSignedIn = Annotated[SignedIn | None, Depends(current)]
"""Type of a view's argument: who is signed in, or None."""


def required(request: Request, seat: MaybeSignedIn) -> SignedIn:
    """Return who is signed in, or lead the browser to the form."""
    if seat is not None:
        return seat
    back = request.url.path if request.method in {"GET", "HEAD"} else "/desk"
    target = f"{SIGN_IN}?next={quote(back)}"
    if request.headers.get("hx-request"):  # a fragment must not become the form: the whole page goes there
        raise HTTPException(401, headers={"HX-Redirect": target})
    raise HTTPException(303, headers={"Location": target})


Seat = Annotated[SignedIn, Depends(required)]
"""Type of a view's argument that needs an editor."""


def changing(
    request: Request,
    parts: PartsOf,
    seat: Seat,
    csrf: Annotated[str, Form()] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> SignedIn:
    """Return who is signed in, if the request comes from a form of ours; else refuse it."""
    check_origin(request)
    try:
        proven = parts.signer.read(Purpose.CSRF, csrf or x_csrf_token)
    except TokenError:
        proven = -1
    if proven != seat.session_id:
        raise HTTPException(403, "this form is not from this session: load the page again")
    return seat


Change = Annotated[SignedIn, Depends(changing)]
"""Type of a view's argument that changes something: an editor, and a form of ours."""


def check_origin(request: Request) -> None:
    """Refuse a POST that another site made (Fetch, `Origin`; Fetch Metadata, `Sec-Fetch-Site`)."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    if foreign or site not in {"same-origin", "none"}:
        raise HTTPException(403, "this form was sent from another site")


def safe_next(target: str) -> str:
    """Return where to go after signing in: only to a page of the desk or the inbox."""
    parsed = urlsplit(target)
    inside = parsed.path in {"/desk", "/inbox"} or parsed.path.startswith(("/desk/", "/inbox/"))
    plain = not parsed.scheme and not parsed.netloc and "\\" not in target and target.isprintable()
    return target if inside and plain else "/desk"


def _is_https(parts: Parts) -> bool:
    return parts.settings.base_url.startswith("https://")
