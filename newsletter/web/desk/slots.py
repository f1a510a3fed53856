"""When a publication sends: its usual hour, the weekdays on which the approved issue goes by itself, and the days it leaves out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict

from newsletter.errors import InputError, NewsletterError, NotFoundError
from newsletter.publications.slotting import SlotChange
from newsletter.slots import WEEKDAYS, told_weekdays
from newsletter.wall_clock import shown
from newsletter.web.desk.pages import Desk, Manages, Sees, back_to

router = APIRouter(prefix="/desk/{publication}/slot")


class SlotForm(BaseModel):
    """What stands in the form, as typed."""

    model_config = ConfigDict(frozen=True)

    hour: str = ""
    weekday: list[str] = []
    warnings: str = ""
    reader_zones: str = ""


@router.get("")
def show(desk: Sees) -> Response:
    """Show the slot, the next moments, and the days left out."""
    return _page(desk)


@router.post("")
def change(desk: Manages, typed: Annotated[SlotForm, Form()]) -> Response:
    """Choose hour, weekdays, warnings and zones of readers."""
    assert desk.publication is not None
    wanted = SlotChange(typed.hour, ",".join(typed.weekday), typed.warnings, typed.reader_zones)
    try:
        desk.parts.slotting.change(desk.publication.id, wanted, by=desk.by)
    except InputError as error:
        return _page(desk, typed=typed, mistake=error)
    return back_to(_here(desk), "saved")


@router.post("/skip")
def skip(desk: Manages, day: Annotated[str, Form()] = "", why: Annotated[str, Form()] = "") -> Response:
    """Leave a day out, with a word why."""
    assert desk.publication is not None
    try:
        desk.parts.slotting.skip(desk.publication.id, _day(day), why, by=desk.by)
    except InputError as error:
        return _page(desk, day=day, why=why, mistake=error)
    return back_to(_here(desk), "saved")


@router.post("/keep")
def keep(desk: Manages, day: Annotated[str, Form()] = "") -> Response:
    """Leave a day out no more."""
    assert desk.publication is not None
    try:
        desk.parts.slotting.keep(desk.publication.id, _day(day), by=desk.by)
    except (InputError, NotFoundError) as error:
        return _page(desk, mistake=error)
    return back_to(_here(desk), "saved")


def _page(desk: Desk, *, mistake: NewsletterError | None = None, **given: Any) -> Response:
    home, now = desk.publication, desk.parts.clock.now()
    assert home is not None
    found = desk.parts.slotting.overview(home.id)
    yours, readers = desk.seat.editor.time_zone, [each for each in home.reader_zones.split(",") if each]
    weekdays = [str(day) for day in found.slot.weekdays]
    kept = SlotForm(hour=home.slot_hour, weekday=weekdays, warnings=home.slot_warnings, reader_zones=home.reader_zones)
    values = {
        "publication": home,
        "typed": kept,
        "day": "",
        "why": "",
        "weekdays": list(enumerate(WEEKDAYS, 1)),
        "told_days": told_weekdays(home.slot_weekdays),
        "coming": [shown(moment, now, home.time_zone, yours=yours, readers=readers) for _, moment in found.coming],
        "skipped": found.skipped,
        "trouble": desk.parts.slot_alarms.due_today(home.id),
        "mistake": mistake,
        "wrong": _field(mistake),
        "here": _here(desk),
    }
    return desk.page("slot.html", values | given, status=422 if mistake else 200)


def _field(mistake: NewsletterError | None) -> str:
    """Return the field that a mistake is about; empty where it is none of the page."""
    named = {"hour": "hour", "weekdays": "weekdays", "warnings": "warnings", "day": "day", "date": "day", "why": "why"}
    zones = {"reader zones": "reader_zones", "time zone": "reader_zones"}
    return (named | zones).get(mistake.where, "") if mistake is not None else ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("this is no day", where="day", remedy="write it as 2026-12-25") from None


def _here(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/slot"
