"""Change many readers at once: looked at first, then done, watched, and taken back."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter, Response

from newsletter.audience.changing_readers import WantedChange
from newsletter.errors import ConflictError, InputError
from newsletter.model.reader_change import ReaderChangeKind
from newsletter.model.rights import Right
from newsletter.web.desk.one_reader import at_readers
from newsletter.web.desk.pages import Desk, ManagesAudience, ManagesAudienceForGood, SeesPeople, back_to
from newsletter.web.desk.readers import Typed, list_page, wanted_of
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/readers/changes")


@router.post("/preview")
def preview(desk: ManagesAudience, typed: Typed) -> Response:
    """Show whom a change would meet, before anything is changed."""
    assert desk.publication is not None
    try:
        wanted = _wanted(desk, typed)
        look = desk.parts.changing_readers.preview(desk.publication.id, wanted, by=desk.by)
    except InputError as error:
        return list_page(desk, typed, mistake=error, status=error.http_status)
    values = {"at": at_readers(desk), "look": look, "wanted": wanted, "carried": typed.carried()}
    return desk.page("reader_change_preview.html", values)


@router.post("")
def begin(desk: ManagesAudience, typed: Typed) -> Response:
    """Tag or untag."""
    return _begun(desk, typed, (ReaderChangeKind.TAG, ReaderChangeKind.UNTAG))


@router.post("/unsubscribe")
def unsubscribe(desk: ManagesAudienceForGood, typed: Typed) -> Response:
    """Unsubscribe, after a fresh proof of who one is."""
    return _begun(desk, typed.model_copy(update={"act": "unsubscribe"}), (ReaderChangeKind.UNSUBSCRIBE,))


@router.get("/{change_id}")
def show(change_id: Number, desk: SeesPeople) -> Response:
    """Show how far a change is."""
    assert desk.publication is not None
    change = desk.parts.changing_readers.show(desk.publication.id, change_id, by=desk.by)
    values = {"at": at_readers(desk), "change": change, "publication": desk.publication}
    may_change = desk.may(Right.MANAGE_AUDIENCE)
    return desk.page("reader_change.html", values | {"may_change": may_change, "now": desk.parts.clock.now()})


@router.post("/{change_id}/undo")
def undo(change_id: Number, desk: ManagesAudience) -> Response:
    """Take a change back."""
    assert desk.publication is not None
    try:
        desk.parts.changing_readers.undo(desk.publication.id, change_id, by=desk.by)
    except ConflictError:
        return back_to(f"{at_readers(desk)}/changes/{change_id}")  # the page says how it is
    return back_to(f"{at_readers(desk)}/changes/{change_id}")


def _wanted(desk: Desk, typed: Typed, kinds: Collection[ReaderChangeKind] = tuple(ReaderChangeKind)) -> WantedChange:
    found = next((each for each in kinds if each.value == typed.act), None)
    if found is None:
        raise InputError("choose what is to be done", where="act", remedy="choose one of the list")
    return WantedChange(found, wanted_of(desk, typed), typed.name)


def _begun(desk: Desk, typed: Typed, kinds: Collection[ReaderChangeKind]) -> Response:
    assert desk.publication is not None
    try:
        wanted = _wanted(desk, typed, kinds)
        change = desk.parts.changing_readers.begin(desk.publication.id, wanted, by=desk.by)
    except (InputError, ConflictError) as error:
        return list_page(desk, typed, mistake=error, status=error.http_status)
    return back_to(f"{at_readers(desk)}/changes/{change.id}")
