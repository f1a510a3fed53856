"""One source of a publication: what came of it in the last runs, what it is asked by, and the switch."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Source
from newsletter.model.rights import Right
from newsletter.model.sources import SourceKind
from newsletter.sources import listing, reporting
from newsletter.sources.asking import OCTETS
from newsletter.sources.keeping import SourceChange, proposed_by
from newsletter.web.desk.pages import Desk, Sees, Writes, back_to
from newsletter.web.desk.sources import Given, SourceForm, Text, Typed, new_source, octets_of
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/sources/{source_id}")
PAGE = 30


@router.get("")
def show(source_id: Number, desk: Sees, before: Number = 2**53) -> Response:
    """Show a source and its last results."""
    return _page(desk, _source(desk, source_id), before=before)


@router.post("")
def change(source_id: Number, desk: Writes, typed: Typed) -> Response:
    """Change what it is asked by."""
    source = _source(desk, source_id)
    try:
        new = new_source(typed)
        wanted = SourceChange(**asdict(new) | {"mapping": new.mapping or {}})  # an empty field takes the mapping away
        desk.parts.sources.change(source.id, wanted, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, source, typed=typed, mistake=error)
    return back_to(_at(desk, source), "saved")


@router.post("/moves")
def move(source_id: Number, desk: Writes, act: Text = "") -> Response:
    """Switch it off or on, take the address that it moved to, let a board be shown, or remove it."""
    assert desk.publication is not None
    source, tools = _source(desk, source_id), desk.parts.sources
    moves = {
        "off": tools.switch_off,
        "on": tools.switch_on,
        "accept": tools.accept_address,
        "release": desk.parts.releasing.release,
        "remove": tools.remove,
    }
    if act not in moves:
        raise InputError("there is no such move", where="act", remedy="load the page again")
    try:
        moves[act](source.id, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, source, mistake=error)
    if act == "remove":
        return back_to(f"/desk/{desk.publication.slug}/sources", "source-removed")
    return back_to(_at(desk, source), "saved")


@router.post("/file")
def upload(source_id: Number, desk: Writes, file: Given = None) -> Response:
    """Take a file in the place of an answer: a board that has no address. What was found in it is told: was it the right one?"""
    source = _source(desk, source_id)
    try:
        came = desk.parts.uploading.upload(source.id, octets_of(file, OCTETS), by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, source, mistake=error)
    return _page(desk, came.source, came=came, file=file.filename if file else "")


def _source(desk: Desk, source_id: int) -> Source:
    assert desk.publication is not None
    found = listing.named(desk.parts.database, desk.publication.id, str(source_id))
    if found.id != source_id:
        raise NotFoundError(f"there is no source with id {source_id} here")
    return found


def _at(desk: Desk, source: Source) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/sources/{source.id}"


def typed_of(source: Source) -> SourceForm:
    """Return the form of a source that is there."""
    return SourceForm(
        address=source.address,
        section=source.section,
        kind=source.kind.value,
        name=source.name,
        mapping="" if source.mapping is None else json.dumps(source.mapping, indent=2, ensure_ascii=False),
        header=source.header,
        secret=source.secret,
        plain_http="yes" if source.plain_http else "",
        weight=str(source.weight),
        most=str(source.most),
        keep_days=str(source.keep_days),
        every_minutes=str(source.every_minutes),
        wished=", ".join(source.wished),
    )


def _page(desk: Desk, source: Source, *, before: int = 2**53, typed: SourceForm | None = None, **more: Any) -> Response:
    assert desk.publication is not None
    history = reporting.history_of(desk.parts.database, source.id, before=before, limit=PAGE + 1)
    values = {
        "publication": desk.publication,
        "here": _at(desk, source),
        "source": source,
        "history": history[:PAGE],
        "more": history[PAGE - 1][1] if len(history) > PAGE else None,
        "started": before < 2**53,
        "held": desk.parts.releasing.why_held(source.id),
        "proposed": proposed_by(source),
        "plan": desk.parts.section_keeping.planned(desk.publication.id),
        "kinds": list(SourceKind),
        "typed": typed or typed_of(source),
        "is_open": typed is not None,
        "may_write": desk.may(Right.WRITE),
        "mistake": None,
        "came": None,
    }
    mistake = more.get("mistake")
    return desk.page("source.html", values | more, status=mistake.http_status if mistake else 200)
