"""API keys: make one, which is shown once, and revoke it. It takes the right to manage accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.accounts.api_keys import Wanted
from newsletter.errors import ForbiddenError, InputError, NotFoundError
from newsletter.model.rights import Right
from newsletter.web.desk.pages import Desk, ManagesAccounts, SeesAccounts, back_to

PLACE = "/desk/accounts/keys"
router = APIRouter(prefix=PLACE)
Text = Annotated[str, Form()]


@router.get("")
def show(desk: SeesAccounts) -> Response:
    """Show the keys."""
    return _page(desk)


@router.post("")
def create(
    desk: ManagesAccounts,
    *,
    name: Text = "",
    rights: Annotated[list[str], Form()] = [],  # noqa: B006 - never changed
    publication: Text = "",
    days: Text = "365",
) -> Response:
    """Make a key and show it, once."""
    try:
        wanted = Wanted(name, [_right(word) for word in rights], publication, _number(days))
        key = desk.parts.accounts.api_keys.create(wanted, by=desk.seat.actor)
    except (InputError, ForbiddenError, NotFoundError) as error:
        return _page(desk, mistake=f"{error.what}: {error.remedy}", name=name[:60], status=error.http_status)
    return _page(desk, key=key)


@router.post("/revoke")
def revoke(desk: ManagesAccounts, prefix: Text = "") -> Response:
    """Let a key work no more."""
    desk.parts.accounts.api_keys.revoke(prefix, by=desk.seat.actor)
    return back_to(PLACE, "revoked")


def _page(desk: Desk, *, key: str = "", mistake: str = "", name: str = "", status: int = 200) -> Response:
    values = {
        "keys": desk.parts.accounts.api_keys.listed(),
        "rights": [right for right in Right if right in desk.seat.actor.grants.get(None, ())],
        "publications": desk.parts.accounts.team.publications(),
        "now": desk.parts.clock.now(),
        "key": key,
        "mistake": mistake,
        "called": name,
    }
    return desk.page("keys.html", values, status=status)


def _right(word: str) -> Right:
    try:
        return Right(word)
    except ValueError:
        raise InputError("there is no such right", where="rights", remedy=f"there are: {', '.join(Right)}") from None


def _number(days: str) -> int:
    if not days.isascii() or not days.isdigit() or int(days[:6]) > 3650:
        raise InputError("that is no number of days", where="days", remedy="give one up to 3650, or 0 for no end")
    return int(days)
