"""The team: who is here, with which roles; invite, change a role, sign out, disable. It takes the right to manage accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model.rights import HeldGrant, Role
from newsletter.web.desk.pages import Desk, ManagesAccounts, SeesAccounts, back_to

PLACE = "/desk/accounts"
router = APIRouter(prefix=PLACE)
Text = Annotated[str, Form()]


@router.get("")
def show(desk: SeesAccounts) -> Response:
    """Show the team and who is invited."""
    return _page(desk)


@router.post("/invite")
def invite(desk: ManagesAccounts, address: Text = "", role: Text = "", publication: Text = "") -> Response:
    """Invite somebody by mail, or once more."""
    links, by = desk.parts.accounts.links, desk.seat.actor
    return _done(desk, "invited", lambda: links.invite(address, HeldGrant(_role(role), publication), by=by), address)


@router.post("/withdraw")
def withdraw(desk: ManagesAccounts, address: Text = "") -> Response:
    """Take an invitation back."""
    return _done(desk, "withdrawn", lambda: desk.parts.accounts.links.withdraw(address, by=desk.seat.actor))


@router.post("/role")
def set_role(desk: ManagesAccounts, address: Text = "", role: Text = "", publication: Text = "") -> Response:
    """Give a role, or take the one they have there."""
    team, by = desk.parts.accounts.team, desk.seat.actor
    if not role:
        return _done(desk, "role", lambda: team.take_role(address, team.scope(publication), by=by))
    return _done(desk, "role", lambda: team.give_role(address, HeldGrant(_role(role), publication), by=by))


@router.post("/disable")
def disable(desk: ManagesAccounts, address: Text = "") -> Response:
    """Let somebody sign in no more."""
    return _done(desk, "member-disabled", lambda: desk.parts.accounts.team.disable(address, by=desk.seat.actor))


@router.post("/enable")
def enable(desk: ManagesAccounts, address: Text = "") -> Response:
    """Let somebody sign in again."""
    return _done(desk, "member-enabled", lambda: desk.parts.accounts.team.enable(address, by=desk.seat.actor))


@router.post("/sign-out")
def sign_out(desk: ManagesAccounts, address: Text = "") -> Response:
    """Sign somebody out everywhere."""
    return _done(desk, "member-out", lambda: desk.parts.accounts.team.sign_out(address, by=desk.seat.actor))


@router.post("/second-factor")
def remove_second_factor(desk: ManagesAccounts, address: Text = "") -> Response:
    """Take the second factor of somebody away who lost it."""
    return _done(
        desk, "member-factor", lambda: desk.parts.accounts.team.remove_second_factor(address, by=desk.seat.actor)
    )


def _done(desk: Desk, done: str, step: Callable[[], object], address: str = "") -> Response:
    try:
        step()
    except (InputError, ConflictError, NotFoundError) as error:
        return _page(desk, mistake=f"{error.what}: {error.remedy}", address=address[:320], status=error.http_status)
    return back_to(PLACE, done)


def _page(desk: Desk, *, mistake: str = "", address: str = "", status: int = 200) -> Response:
    parts = desk.parts
    values = {
        "members": parts.accounts.team.members(),
        "invitations": parts.accounts.links.invitations(),
        "roles": list(Role),
        "publications": parts.accounts.team.publications(),
        "now": parts.clock.now(),
        "mistake": mistake,
        "address": address,
    }
    return desk.page("team.html", values, status=status)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise InputError("there is no such role", where="role", remedy=f"there are: {', '.join(Role)}") from None
