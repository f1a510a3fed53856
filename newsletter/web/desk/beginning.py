"""A new publication, and the steps from there to its first send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError
from newsletter.publications import first_send
from newsletter.publications.creating import NewPublication
from newsletter.web.desk import fields
from newsletter.web.desk.fields import SettingForm, shown_new, typed_in
from newsletter.web.desk.pages import Desk, ManagesService, Sees, SeesService, back_to
from newsletter.web.desk.settings import wrong_field

router = APIRouter(prefix="/desk")
_HOME = "/{publication}"


@router.get("/publications/new")
def form(desk: SeesService) -> Response:
    """Show the form of a new publication."""
    return _page(desk)


@router.post("/publications/new")
def create(desk: ManagesService, typed: Annotated[SettingForm, Form()]) -> Response:
    """Create a publication and show the steps to its first send."""
    try:
        made = desk.parts.creating.create(NewPublication(**typed_in(typed, fields.NEW)), by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, typed, error)
    return back_to(f"/desk/{made.slug}/first-send", "created")


@router.get(f"{_HOME}/first-send")
def first(desk: Sees) -> Response:
    """Show the steps from a new publication to its first send, and which of them are done."""
    assert desk.publication is not None
    found = first_send.steps(desk.parts.database, desk.parts.settings, desk.publication)
    return desk.page("first_send.html", {"publication": desk.publication, "steps": found})


def _page(desk: Desk, typed: SettingForm | None = None, mistake: InputError | ConflictError | None = None) -> Response:
    values = {
        "fields": fields.NEW,
        "filled": shown_new(typed, desk.seat.editor.time_zone),
        "mistake": mistake,
        "wrong": wrong_field(mistake, fields.NEW),
    }
    return desk.page("new_publication.html", values, status=mistake.http_status if mistake else 200)
