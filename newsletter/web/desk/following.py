"""Links that work once: ask for one by mail, and follow one. Looking at it uses nothing up; the form on its page does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from newsletter.accounts.limits import Admission
from newsletter.accounts.links import Newcomer
from newsletter.accounts.passwords import LEAST_CHARS, MOST_CHARS
from newsletter.errors import ConflictError, InputError, NewsletterError
from newsletter.model import AccountLink, LinkKind
from newsletter.web import sessions
from newsletter.web.desk.pages import back_to, desk_page
from newsletter.web.desk.signing_in import admitted, entered
from newsletter.web.parts import PartsOf
from newsletter.web.provenance import check_origin

router = APIRouter(prefix="/desk/sign-in")
Text = Annotated[str, Form()]


@router.get("/forgotten")
def forgotten(request: Request) -> Response:
    """Show the form that asks for a mail."""
    return desk_page(request, "forgotten.html", {"seat": None})


@router.post("/forgotten")
def ask(
    parts: PartsOf,
    _counted: Annotated[Admission, Depends(admitted)],
    *,
    address: Text = "",
    what: Text = LinkKind.RESET.value,
) -> Response:
    """Owe the address a mail if it is an editor's; the answer is the same for every address."""
    kind = LinkKind.SIGN_IN if what == LinkKind.SIGN_IN else LinkKind.RESET
    parts.accounts.links.ask(address, kind)
    return back_to(f"{sessions.SIGN_IN}/forgotten", "asked")


@router.get("/link/{once}")
def look(request: Request, parts: PartsOf, once: str) -> Response:
    """Show what a link is for."""
    return _page(request, parts.accounts.links.look(once))


@router.post("/link/{once}")
def follow(
    request: Request,
    parts: PartsOf,
    once: str,
    *,
    address: Text = "",
    name: Text = "",
    password: Text = "",
    again: Text = "",
) -> Response:
    """Use the link up: be an editor, have a new password, or be signed in."""
    check_origin(request)
    link, visit, brought = parts.accounts.links.look(once), sessions.visit(request), sessions.brought(request, parts)
    typed = {"address": address[:320], "called": name[:200]}
    if link.kind is LinkKind.SIGN_IN:
        return entered(request, parts, parts.accounts.links.enter(once, visit=visit, brought=brought), "/desk")
    if password != again:
        return _page(request, link, mistake="the password is not the same both times", **typed)
    try:
        if link.kind is LinkKind.RESET:
            parts.accounts.links.reset(once, password, visit=visit)
            return back_to(sessions.SIGN_IN, "reset")
        newcomer = Newcomer(name, password, address)
        opened = parts.accounts.links.join(once, newcomer, visit=visit, brought=brought)
    except (InputError, ConflictError) as error:
        return _page(request, link, mistake=_told(error), **typed)
    return entered(request, parts, opened, "/desk")


def _told(error: NewsletterError) -> str:
    return f"{error.what}: {error.remedy}" if error.remedy else error.what


def _page(request: Request, link: AccountLink, *, mistake: str = "", **typed: Any) -> Response:
    sign_on = request.app.state.parts.accounts.single_sign_on
    values = {
        "seat": None,
        "sign_on": sign_on.name if sign_on else "",
        "kind": link.kind.value,
        "role": link.role,
        "invited": link.address,
        "mistake": mistake,
        "least": LEAST_CHARS,
        "most": MOST_CHARS,
        "address": "",
        "called": "",
        **typed,
    }
    return desk_page(request, "link.html", values, status=422 if mistake else 200)
