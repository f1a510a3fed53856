"""What an issue that assembles itself is made of: its sections in their order, how many items each mails, and the hour at which it is done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict

from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model.rights import Right
from newsletter.model.section_plan import SectionPlan
from newsletter.publications.creating import PublicationChange
from newsletter.sources.section_keeping import FILLED
from newsletter.web.desk.pages import Desk, Manages, Sees, Writes, back_to
from newsletter.web.desk.sources import Text, number_of

router = APIRouter(prefix="/desk/{publication}/sources/plan")
MOVES = {"up": -1, "down": 1}


class PlannedForm(BaseModel):
    """What stands in the form of a section, as typed, and the button that was pressed."""

    model_config = ConfigDict(frozen=True)

    act: str = ""
    slug: str = ""
    title: str = ""
    kind: str = ""
    all_title: str = ""
    mailed: str = "8"
    kept: str = "50"
    drops_empty: str = ""


Typed = Annotated[PlannedForm, Form()]


@router.get("")
def show(desk: Sees) -> Response:
    """Show the sections, and the hour."""
    return _page(desk)


@router.post("")
def change(desk: Writes, typed: Typed) -> Response:
    """Change a section, move it up or down, take it out, or add one at the end."""
    try:
        _changed(desk, typed)
    except (InputError, ConflictError, NotFoundError) as error:
        return _page(desk, typed=typed, mistake=error)
    return back_to(_here(desk), "plan-saved")


@router.post("/hour")
def keep_hour(desk: Manages, gather_at: Text = "") -> Response:
    """Choose the hour of every day at which the sources are asked and a draft is assembled; empty: by hand only."""
    assert desk.publication is not None
    try:
        desk.parts.creating.change(desk.publication.id, PublicationChange(gather_at=gather_at), by=desk.by)
    except InputError as error:
        return _page(desk, hour=gather_at, mistake=error)
    return back_to(_here(desk), "saved")


def _changed(desk: Desk, typed: PlannedForm) -> None:
    assert desk.publication is not None
    tools, home = desk.parts.section_keeping, desk.publication.id
    slugs = [each.slug for each in tools.planned(home)]
    if typed.act == "add":
        if typed.slug in slugs:
            raise ConflictError(f"there is a section {typed.slug!r} already", where="slug", remedy="change that one")
        tools.put(home, _numbers(typed) | {"slug": typed.slug, "kind": typed.kind}, by=desk.by)
        return
    if typed.slug not in slugs:
        raise NotFoundError("this section is not there any more", remedy="look at the sections as they are now")
    if typed.act == "save":
        tools.put(home, _numbers(typed) | {"slug": typed.slug}, by=desk.by)
    elif typed.act == "drop":
        tools.drop(home, typed.slug, by=desk.by)
    elif typed.act in MOVES:
        place = slugs.index(typed.slug)
        slugs.insert(max(place + MOVES[typed.act], 0), slugs.pop(place))
        tools.order(home, slugs, by=desk.by)
    else:
        raise InputError("there is no such button", where="act", remedy="load the page again")


def _numbers(typed: PlannedForm) -> dict[str, Any]:
    """Return what was typed of a section; an empty title is left to be made of the slug. Raises InputError."""
    numbers = {name: number_of(getattr(typed, name), name) for name in ("mailed", "kept")}
    title = {"title": typed.title.strip()} if typed.title.strip() else {}
    return title | numbers | {"all_title": typed.all_title.strip(), "drops_empty": bool(typed.drops_empty)}


def _here(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/sources/plan"


def _page(desk: Desk, *, typed: PlannedForm | None = None, hour: str | None = None, mistake: Any = None) -> Response:
    assert desk.publication is not None
    home = desk.publication
    plan = desk.parts.section_keeping.planned(home.id)
    values = {
        "publication": home,
        "here": _here(desk),
        "rows": [(each, _shown(each, typed)) for each in plan],
        "new": typed if typed is not None and typed.act == "add" else PlannedForm(),
        "kinds": list(FILLED),
        "hour": home.gather_at if hour is None else hour,
        "may_write": desk.may(Right.WRITE),
        "may_manage": desk.may(Right.MANAGE_PUBLICATION),
        "mistake": mistake,
    }
    return desk.page("section_plans.html", values, status=mistake.http_status if mistake else 200)


def _shown(planned: SectionPlan, typed: PlannedForm | None) -> PlannedForm:
    """Return what stands in the form of a section: what is kept, or what was typed and refused."""
    if typed is not None and typed.act == "save" and typed.slug == planned.slug:
        return typed
    return PlannedForm(
        slug=planned.slug,
        title=planned.title,
        kind=planned.kind.value,
        all_title=planned.all_title,
        mailed=str(planned.mailed),
        kept=str(planned.kept),
        drops_empty="yes" if planned.drops_empty else "",
    )
