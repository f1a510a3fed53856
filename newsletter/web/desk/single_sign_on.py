"""Single sign-on: to the issuer, and back. Where none is set there is no such place.

Both ways are links and not forms: a form of ours may lead nowhere but to us (`form-action` of the policy), and who follows the first
one from elsewhere is signed in as themselves at most.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from newsletter.accounts.limits import admit_step
from newsletter.accounts.oidc import Answer, SingleSignOn
from newsletter.errors import ConflictError, InputError, NewsletterError, NotFoundError, UnavailableError
from newsletter.networks import network_of
from newsletter.web import sessions
from newsletter.web.desk.pages import PRIVATE, Proving, Reading, back_to
from newsletter.web.desk.signing_in import entered, form_page
from newsletter.web.parts import Number, PartsOf, client_address
from newsletter.web.sessions import MaybeSignedIn

ACCOUNT = "/desk/account"
router = APIRouter(prefix="/desk")
log = structlog.get_logger(__name__)


def counted(request: Request, parts: PartsOf) -> SingleSignOn:
    """Return what signs editors on, and count the question. Raises NotFoundError where nothing does, LimitError."""
    found = parts.accounts.single_sign_on
    if found is None:
        raise NotFoundError("there is no single sign-on here", remedy="sign in with your password")
    admit_step(parts.buckets, network=network_of(client_address(request)))
    return found


SignOn = Annotated[SingleSignOn, Depends(counted)]


@router.get("/sign-in/oidc")
def go(request: Request, parts: PartsOf, sign_on: SignOn, next: str = "/desk") -> Response:  # noqa: A002 - the query's name
    """Lead the browser to the issuer."""
    target = sessions.safe_next(next)
    try:
        asked = sign_on.begin(target)
    except UnavailableError as error:
        return _told(request, error, target)
    response = RedirectResponse(asked.url, 303, PRIVATE)
    sessions.start_step(response, parts, asked.secret, sessions.SIGN_ON)
    return response


@router.get("/account/prove/oidc")
def go_to_prove(desk: Reading, sign_on: SignOn) -> Response:
    """Lead a signed-in editor to the issuer, to sign in there anew."""
    asked = sign_on.begin(ACCOUNT, desk.seat)
    response = RedirectResponse(asked.url, 303, PRIVATE)
    sessions.start_step(response, desk.parts, asked.secret, sessions.SIGN_ON)
    return response


@router.get("/sign-in/oidc/callback")
def come_back(
    request: Request,
    parts: PartsOf,
    sign_on: SignOn,
    seat: MaybeSignedIn,
    *,
    code: str = "",
    state: str = "",
    error: str = "",
    iss: str = "",
) -> Response:
    """Open the session of whom the issuer vouches for, or note that a signed-in editor proved who they are."""
    secret, answer = sessions.step(request, parts, sessions.SIGN_ON), Answer(code, state, error, iss)
    visit, brought = sessions.visit(request), sessions.brought(request, parts)
    try:
        if seat is not None and sign_on.is_proof(secret):
            sign_on.prove(seat, secret, answer)
            return _ended(parts, back_to(ACCOUNT, "proved"))
        opened = sign_on.finish(secret, answer, visit=visit, brought=brought)
    except (ConflictError, InputError, UnavailableError) as wrong:
        return _told(request, wrong, answer.target)
    return _ended(parts, entered(request, parts, opened, sessions.safe_next(answer.target)))


@router.post("/account/identities/{identity_id}/unlink")
def unlink(desk: Proving, identity_id: Number) -> Response:
    """Let go of an identity: it opens this account no more."""
    parts = desk.parts
    opened = parts.accounts.identities.unlink(desk.seat, identity_id, visit=sessions.visit(desk.request))
    response = back_to(ACCOUNT, "unlinked")
    sessions.start(response, parts, opened)
    return response


def _ended(parts: PartsOf, response: Response) -> Response:
    sessions.end(response, parts, sessions.SIGN_ON)
    return response


def _told(request: Request, error: NewsletterError, target: str) -> Response:
    """Say at the sign-in what went wrong; the log says where: that is the operator's."""
    if isinstance(error, UnavailableError):
        log.warning("the issuer of single sign-on does not answer as it should", why=error.what, where=error.where)
    away = "the issuer of single sign-on does not answer as it should"
    what = away if isinstance(error, UnavailableError) else error.what
    mistake = f"{what}: {error.remedy}" if error.remedy else what
    return form_page(request, target=target, mistake=mistake, status=error.http_status)
