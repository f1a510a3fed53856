"""The addresses that a publication must not mail: list, add, and take off again, each with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from newsletter.errors import InputError, NotFoundError
from newsletter.model.rights import Right
from newsletter.paging import cut
from newsletter.web.desk.pages import Desk, ManagesAudience, SeesPeople, back_to
from newsletter.web.desk.settings import settings_page
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/settings/suppressions")
PAGE = 50


@router.get("")
def show(desk: SeesPeople, after: Number = 0) -> Response:
    """List what is in force: for this publication, and everywhere."""
    return _page(desk, after)


@router.post("")
def add(desk: ManagesAudience, address: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "") -> Response:
    """Rule an address out for this publication."""
    assert desk.publication is not None
    try:
        given = reason.strip() or "manual"
        desk.parts.suppressing.suppress(address, publication_id=desk.publication.id, reason=given, by=desk.by)
    except InputError as error:
        return _page(desk, 0, address=address, reason=reason, mistake=error)
    return back_to(_here(desk), "suppressed")


@router.post("/lift")
def lift(desk: ManagesAudience, address: Annotated[str, Form()] = "", why: Annotated[str, Form()] = "") -> Response:
    """Let an address be mailed by this publication again."""
    assert desk.publication is not None
    try:
        desk.parts.suppressing.lift(address, publication_id=desk.publication.id, why=why, by=desk.by)
    except (InputError, NotFoundError) as error:
        return _page(desk, 0, lifted=address, why=why, mistake=error)
    return back_to(_here(desk), "unsuppressed")


def _here(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/settings/suppressions"


def _page(desk: Desk, after: int, *, mistake: InputError | NotFoundError | None = None, **typed: str) -> Response:
    assert desk.publication is not None
    found = desk.parts.suppressing.listing(publication_id=desk.publication.id, after=after, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last["id"])
    form = {name: typed.get(name, "") for name in ("address", "reason", "lifted", "why")}
    may_change = desk.may(Right.MANAGE_AUDIENCE)
    more_values: dict[str, Any] = {
        "rows": rows,
        "more": more,
        "started": after > 0,
        "given": form,
        "may_change": may_change,
    }
    return settings_page(desk, "suppressions", mistake=mistake, **more_values)
