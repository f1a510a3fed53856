"""The fields that a publication has of its readers, and what is noted of one of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from newsletter.accounts import permissions
from newsletter.audience.keeping_fields import FieldWish
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import FieldKind
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, ManagesAudience, SeesPeople, back_to
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}")
KINDS = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "date",
    FieldKind.CHOICE: "one of several choices",
    FieldKind.YES_NO: "yes or no",
}


class WishForm(BaseModel):
    """A field as the form sends it; boxes that are not ticked are not sent."""

    title: str = ""
    kind: str = "text"
    choices: str = ""
    on_form: str = ""
    required: str = ""

    def wish(self) -> FieldWish:
        """Return what is wanted. Raises InputError for a kind that is none."""
        if self.kind not in [*FieldKind]:
            raise InputError("there is no such kind", where="kind", remedy="choose one of those listed")
        choices = self.choices.splitlines()
        return FieldWish(self.title, FieldKind(self.kind), choices, bool(self.on_form), bool(self.required))


class KnownForm(BaseModel):
    """Values by field and tags as the form of a reader sends them."""

    model_config = ConfigDict(extra="allow")

    tags: str = ""

    @property
    def values(self) -> dict[str, str]:
        """The values by the key of the field."""
        beside = (self.model_extra or {}).items()
        return {name.removeprefix("field-"): str(text) for name, text in beside if name.startswith("field-")}


Wish = Annotated[WishForm, Form()]


@router.get("/fields")
def show(desk: SeesPeople) -> Response:
    """List the fields: a page with a form for each, or for a script their keys and titles."""
    if wants_json(desk.request):
        assert desk.publication is not None
        fields = desk.parts.keeping_fields.listed(desk.publication.id)
        told = [{"key": each.key, "title": each.title, "kind": each.kind.value} for each in fields]
        return JSONResponse({"fields": told}, headers=PRIVATE)
    return _page(desk)


@router.post("/fields")
def add(desk: ManagesAudience, wish: Wish) -> Response:
    """Define a field."""
    assert desk.publication is not None
    try:
        desk.parts.keeping_fields.add(desk.publication.id, wish.wish(), by=desk.by)
    except (ConflictError, InputError) as error:
        return _page(desk, mistake=error, typed=wish)
    return back_to(_at(desk), "saved")


@router.post("/fields/{field_id}")
def change(field_id: Number, desk: ManagesAudience, wish: Wish) -> Response:
    """Change a field."""
    _own(desk, field_id)
    try:
        desk.parts.keeping_fields.change(field_id, wish.wish(), by=desk.by)
    except (ConflictError, InputError) as error:
        return _page(desk, mistake=error, wrong=field_id, typed=wish)
    return back_to(_at(desk), "saved")


@router.post("/fields/{field_id}/move")
def move(field_id: Number, desk: ManagesAudience, to: Annotated[str, Form()] = "up") -> Response:
    """Let a field change places with the one before or after it."""
    _own(desk, field_id)
    desk.parts.keeping_fields.move(field_id, up=to == "up", by=desk.by)
    return back_to(_at(desk), "moved")


@router.post("/fields/{field_id}/remove")
def remove(field_id: Number, desk: ManagesAudience) -> Response:
    """Remove a field with its values."""
    _own(desk, field_id)
    try:
        desk.parts.keeping_fields.remove(field_id, by=desk.by)
    except ConflictError as error:
        return _page(desk, mistake=error, wrong=field_id)
    return back_to(_at(desk), "field-removed")


@router.post("/readers/{subscriber_id}/known")
def note(subscriber_id: Number, desk: ManagesAudience, known: Annotated[KnownForm, Form()]) -> Response:
    """Note what is known of a reader: values of fields, and tags."""
    assert desk.publication is not None
    tags = known.tags.split(",")
    try:
        desk.parts.describing_readers.describe(desk.publication.id, subscriber_id, known.values, tags, by=desk.by)
    except InputError as error:
        form = _form(desk, known.values, known.tags) | {"mistake": error}
        values = {"publication": desk.publication, "subscriber_id": subscriber_id, "known_form": form}
        return desk.page("reader_known_page.html", values, status=error.http_status)
    return back_to(f"/desk/{desk.publication.slug}/readers/{subscriber_id}", "saved")


def known_form(desk: Desk, subscriber_id: int) -> dict[str, Any] | None:
    """Return what the form of a reader shows: fields with their values, and tags; None for somebody who may change nothing of it."""
    assert desk.publication is not None
    if not permissions.may(desk.by, Right.MANAGE_AUDIENCE, desk.publication.id):
        return None
    try:
        known = desk.parts.describing_readers.known_of(desk.publication.id, subscriber_id, by=desk.by)
    except NotFoundError:
        return None
    return _form(desk, known.values, ", ".join(known.tags))


def _form(desk: Desk, values: Any, tags: str) -> dict[str, Any]:
    assert desk.publication is not None
    fields = desk.parts.keeping_fields.listed(desk.publication.id)
    return {"fields": [(each, values.get(each.key, "")) for each in fields], "tags": tags, "mistake": None}


def _own(desk: Desk, field_id: int) -> None:
    """See that a field is one of this publication. Raises NotFoundError."""
    assert desk.publication is not None
    if field_id not in {each.id for each in desk.parts.keeping_fields.listed(desk.publication.id)}:
        raise NotFoundError("there is no such field here", remedy="the page of fields lists those there are")


def _at(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/fields"


def _page(
    desk: Desk,
    *,
    mistake: ConflictError | InputError | None = None,
    wrong: int = 0,
    typed: WishForm | None = None,
) -> Response:
    assert desk.publication is not None
    values = {
        "publication": desk.publication,
        "fields": desk.parts.keeping_fields.listed(desk.publication.id),
        "kinds": [(kind.value, name) for kind, name in KINDS.items()],
        "kind_names": {kind.value: name for kind, name in KINDS.items()},
        "may_manage": desk.may(Right.MANAGE_AUDIENCE),
        "mistake": mistake,
        "wrong": wrong,
        "typed": typed,
        "blank": WishForm(),
    }
    return desk.page("reader_fields.html", values, status=mistake.http_status if mistake else 200)
