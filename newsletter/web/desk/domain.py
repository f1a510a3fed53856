"""The records of a publication's sending domain: what they should be, what DNS says, and a button that asks."""

from __future__ import annotations

from fastapi import APIRouter, Response

from newsletter.errors import InputError, UnavailableError
from newsletter.web.desk.pages import Desk, Manages, SeesSettings, back_to
from newsletter.web.desk.settings import settings_page
from newsletter.web.desk.turns import Turns

router = APIRouter(prefix="/desk/{publication}/settings/domain")
_TURNS = Turns()
"""Of their own: those who render do not wait for DNS."""


@router.get("")
def show(desk: SeesSettings) -> Response:
    """Show the records, and what DNS said when it was last asked."""
    return _page(desk)


@router.post("")
def check(desk: Manages) -> Response:
    """Ask DNS for each record; it takes a few seconds at most."""
    assert desk.publication is not None
    try:
        with _TURNS.take(desk.seat.editor.id, "domain"):
            desk.parts.domain_checking.check(desk.publication.id, by=desk.by)
    except (InputError, UnavailableError) as error:
        return _page(desk, error)
    return back_to(f"/desk/{desk.publication.slug}/settings/domain", "checked")


def _page(desk: Desk, mistake: InputError | UnavailableError | None = None) -> Response:
    assert desk.publication is not None
    standing = None
    try:
        standing = desk.parts.domain_checking.standing(desk.publication)
    except InputError as error:
        mistake = mistake or error
    return settings_page(desk, "domain", mistake=mistake, standing=standing, now=desk.parts.clock.now())
