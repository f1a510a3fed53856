"""The segments of a publication: built from typed rules, counted while one builds, kept by a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from newsletter.audience.segmenting import SegmentLook, read_rule
from newsletter.errors import ConflictError, InputError, NewsletterError
from newsletter.mail.address import masked
from newsletter.model import Segment
from newsletter.model.rights import Right
from newsletter.rendering.language import spoken_languages
from newsletter.web.desk.pages import Desk, FindsPeople, ManagesAudience, SeesPeople, back_to
from newsletter.web.desk.segment_form import GROUPS, KINDS, SegmentForm, form_of, read_form
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/segments")


async def _sent(request: Request) -> dict[str, str]:
    """Return the fields of a form whose inputs have no fixed names."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(_sent)]


@router.get("")
def listed(desk: SeesPeople) -> Response:
    """List the segments, and what goes to each."""
    return _list(desk)


@router.get("/new")
def new(desk: SeesPeople) -> Response:
    """Begin a segment."""
    form = SegmentForm()
    form.add("tag")
    return _page(desk, form, None, asks=False)


@router.post("")
def add(desk: ManagesAudience, sent: Sent) -> Response:
    """Keep a new segment."""
    return _keep(desk, read_form(sent), None)


@router.post("/build")
def build(desk: FindsPeople, sent: Sent, segment: Number = 0) -> Response:
    """Show the form with a row more or less, or with the count of readers; nothing is kept."""
    found = desk.parts.segmenting.find(_home(desk), segment, by=desk.by) if segment else None
    form, mistake = read_form(sent), None
    action, _, where = sent.get("do", "look").partition(":")
    asks = action not in {"add", "drop"}
    try:
        if action == "add":
            form.add(sent.get(f"add-{where}" if where else "add", ""), where)
        elif action == "drop":
            form.drop(where)
    except InputError as error:
        mistake = error
    return _page(desk, form, found, mistake=mistake, asks=asks)


@router.get("/{segment_id}")
def show(segment_id: Number, desk: SeesPeople) -> Response:
    """Show a segment with the number of its readers now."""
    found = desk.parts.segmenting.find(_home(desk), segment_id, by=desk.by)
    return _page(desk, form_of(found.name, found.rule), found)


@router.post("/{segment_id}")
def change(segment_id: Number, desk: ManagesAudience, sent: Sent) -> Response:
    """Keep a segment with another rule or name."""
    found = desk.parts.segmenting.find(_home(desk), segment_id, by=desk.by)
    return _keep(desk, read_form(sent), found)


@router.post("/{segment_id}/remove")
def remove(segment_id: Number, desk: ManagesAudience) -> Response:
    """Remove a segment."""
    found = desk.parts.segmenting.find(_home(desk), segment_id, by=desk.by)
    try:
        desk.parts.segmenting.remove(found.id, by=desk.by)
    except ConflictError as error:
        return _list(desk, mistake=error)
    return back_to(_at(desk), "segment-removed")


def _keep(desk: Desk, form: SegmentForm, found: Segment | None) -> Response:
    try:
        rule = read_rule(form.group.told())
        if found is None:
            found = desk.parts.segmenting.add(_home(desk), form.name, rule, by=desk.by)
        else:
            desk.parts.segmenting.change(found.id, form.name, rule, by=desk.by)
    except (ConflictError, InputError) as error:
        return _page(desk, form, found, mistake=error, asks=False)
    return back_to(f"{_at(desk)}/{found.id}", "segment-kept")


def _look(desk: Desk, form: SegmentForm | None, found: Segment | None) -> SegmentLook | NewsletterError:
    told = form.group.told() if form is not None else found.rule if found is not None else {"rule": "all"}
    try:
        return desk.parts.segmenting.look(_home(desk), read_rule(told), by=desk.by)
    except InputError as error:
        return error


def _page(
    desk: Desk,
    form: SegmentForm | None,
    found: Segment | None,
    *,
    mistake: NewsletterError | None = None,
    asks: bool = True,
) -> Response:
    """Show the form; where nobody `asks` for the count, a row that says nothing yet is no mistake."""
    seen = _look(desk, form, found) if mistake is None else None
    look = seen if isinstance(seen, SegmentLook) else None
    status = 200 if mistake is None else mistake.http_status
    mistake = mistake or (seen if asks and isinstance(seen, NewsletterError) else None)
    values = {
        "at": _at(desk),
        "publication": desk.publication,
        "builds": f"{_at(desk)}/build" + (f"?segment={found.id}" if found is not None else ""),
        "form": form,
        "segment": found,
        "rule": json.dumps(found.rule, indent=2) if found is not None and form is None else "",
        "kinds": KINDS,
        "groups": GROUPS,
        "look": look,
        "sample": [masked(reader.address) for reader in look.sample] if look else [],
        "mistake": mistake,
        "may_manage": desk.may(Right.MANAGE_AUDIENCE),
        "users": desk.parts.segmenting.used_by(_home(desk), by=desk.by).get(found.id, ()) if found else (),
        **_known(desk),
    }
    return desk.page("segment.html", values, status=status)


def _known(desk: Desk) -> Mapping[str, Any]:
    """Return what rules may name: fields, tags, issues that went out, languages."""
    known = desk.parts.segmenting.names_for_rules(_home(desk), by=desk.by)
    assert desk.publication is not None
    languages = [("", desk.publication.language), *((tag, name) for tag, name in spoken_languages())]
    return {
        "field_choices": [(field.key, field.title) for field in known.fields],
        "tags": known.tags,
        "sections": known.sections,
        "issue_choices": [("", "choose one"), *((str(number), slug) for number, slug in known.issues)],
        "languages": languages,
    }


def _list(desk: Desk, *, mistake: NewsletterError | None = None) -> Response:
    values = {
        "at": _at(desk),
        "publication": desk.publication,
        "segments": desk.parts.segmenting.all_of(_home(desk), by=desk.by),
        "used_by": desk.parts.segmenting.used_by(_home(desk), by=desk.by),
        "may_manage": desk.may(Right.MANAGE_AUDIENCE),
        "mistake": mistake,
        "said": said_of,
    }
    return desk.page("segments.html", values, status=mistake.http_status if mistake else 200)


def said_of(rule: Mapping[str, Any]) -> str:
    """Return a stored rule in words."""
    if rule["rule"] in GROUPS:
        inner = "; ".join(said_of(each) for each in rule["of"]) or "nothing"
        return f"{GROUPS[rule['rule']]}: {inner}"
    values = [str(value) for name, value in rule.items() if name != "rule" and value not in (None, "")]
    return f"{KINDS[rule['rule']]} {' '.join(values)}"


def _home(desk: Desk) -> int:
    assert desk.publication is not None
    return desk.publication.id


def _at(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/segments"
