"""What ends or breaks habits of readers: another word in addresses, the end of a publication, and its removal; each after a fresh proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError
from newsletter.model import Publication
from newsletter.web.desk.fields import SettingForm
from newsletter.web.desk.pages import Desk, ManagesForGood, SeesSettings, back_to
from newsletter.web.desk.settings import settings_page

router = APIRouter(prefix="/desk/{publication}/settings/danger")
Typed = Annotated[SettingForm, Form()]


@router.get("")
def danger(desk: SeesSettings) -> Response:
    """Show what breaks habits of readers."""
    return settings_page(desk, "danger")


@router.post("")
def rename(desk: ManagesForGood, typed: Typed) -> Response:
    """Give the publication another word in addresses."""
    assert desk.publication is not None
    try:
        renamed = desk.parts.renaming.rename_publication(desk.publication.id, typed.slug or "", by=desk.by)
    except (InputError, ConflictError) as error:
        return settings_page(desk, "danger", typed=typed, mistake=error)
    return back_to(f"/desk/{renamed.slug}/settings", "saved")


@router.post("/close")
def close(desk: ManagesForGood) -> Response:
    """Close the publication: nobody joins and nothing is sent any more."""
    return _turned(desk, desk.parts.ending.close, "closed")


@router.post("/reopen")
def reopen(desk: ManagesForGood) -> Response:
    """Take the closing back."""
    return _turned(desk, desk.parts.ending.reopen, "reopened")


@router.post("/remove")
def remove(desk: ManagesForGood, name: Annotated[str, Form()] = "") -> Response:
    """Have the closed publication removed with all that is kept of it."""
    assert desk.publication is not None
    try:
        desk.parts.ending.remove(desk.publication.id, name, by=desk.by)
    except (InputError, ConflictError) as error:
        return settings_page(desk, "danger", mistake=error, ended_name=name)
    return back_to("/desk", "removing")


def _turned(desk: Desk, act: Callable[..., Publication], done: str) -> Response:
    assert desk.publication is not None
    try:
        act(desk.publication.id, by=desk.by)
    except ConflictError as error:
        return settings_page(desk, "danger", mistake=error)
    return back_to(f"/desk/{desk.publication.slug}/settings/danger", done)
