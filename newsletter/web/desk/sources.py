"""The sources of a publication: which there are and how they fare, a form that shows what an address would offer, lists of feeds in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict

from newsletter.errors import ConflictError, InputError
from newsletter.model.rights import Right
from newsletter.model.sources import SourceKind
from newsletter.sources import listing, opml, reporting
from newsletter.sources.keeping import NewSource, proposed_by
from newsletter.sources.mapped_kinds import read_mapping
from newsletter.sources.outcomes import AskedSource
from newsletter.web.desk.pages import PRIVATE, Desk, Sees, Writes, back_to
from newsletter.web.desk.turns import Turns
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/sources")
PAGE = 100
_OUTSIDE = Turns(at_once=3, patience=2.0)
"""Who waits for others takes none of the turns at rendering."""
Text = Annotated[str, Form()]
Given = Annotated[UploadFile | None, File()]


class SourceForm(BaseModel):
    """What stands in the form of a source, as typed; empty fields take what is usual."""

    model_config = ConfigDict(frozen=True)

    address: str = ""
    section: str = ""
    kind: str = ""
    name: str = ""
    mapping: str = ""
    header: str = ""
    secret: str = ""
    plain_http: str = ""
    weight: str = "3"
    most: str = "50"
    keep_days: str = "7"
    every_minutes: str = "0"
    wished: str = ""


Typed = Annotated[SourceForm, Form()]


@router.get("")
def show(desk: Sees, after: Number = 0) -> Response:
    """List the sources, in the order in which they were added, with what came of each last time."""
    return _page(desk, after=after)


@router.post("")
def add(desk: Writes, typed: Typed, act: Text = "add", choose: Text = "") -> Response:
    """Add a source, or show first what its address would offer; `choose` takes one of the feeds that a page names."""
    assert desk.publication is not None
    try:
        if choose or act == "try":
            typed = typed.model_copy(update={"address": choose or typed.address})
            with _OUTSIDE.take(desk.seat.editor.id, "outside"):
                trial = desk.parts.trying_sources.look(_asked(typed), kind=_kind(typed))
            if not typed.kind:
                typed = typed.model_copy(update={"kind": trial.kind.value})
            return _page(desk, typed=typed, trial=trial)
        source = desk.parts.sources.add(desk.publication.id, new_source(typed), by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, typed=typed, mistake=error)
    return back_to(f"/desk/{desk.publication.slug}/sources/{source.id}", "source-added")


@router.post("/gather")
def gather(desk: Writes) -> Response:
    """Have a worker ask all sources now."""
    assert desk.publication is not None
    desk.parts.wished_runs.wish(desk.publication.id, by=desk.by)
    return back_to(f"/desk/{desk.publication.slug}/sources", "gathering")


@router.get("/list.opml")
def export(desk: Sees) -> Response:
    """Return the sources as a list of feeds."""
    assert desk.publication is not None
    parts, home = desk.parts, desk.publication
    plan = parts.section_keeping.planned(home.id)
    written = opml.write(home.name, plan, listing.every(parts.database, home.id), parts.clock.now())
    named = {"Content-Disposition": f'attachment; filename="{home.slug}.opml"'}
    return Response(written, media_type="text/x-opml; charset=utf-8", headers={**PRIVATE, **named})


@router.post("/list")
def bring(desk: Writes, list_file: Given = None, section: Text = "") -> Response:
    """Add the feeds of a list, each to the section that its folder is called after, else to `section`."""
    assert desk.publication is not None
    parts, home = desk.parts, desk.publication
    try:
        plan = parts.section_keeping.planned(home.id)
        feeds = opml.read(octets_of(list_file, opml.MOST_OCTETS))
        wanted = opml.wanted(feeds, plan, otherwise=section or plan[0].slug, plain_http=False)
        added = parts.sources.add_all(home.id, wanted, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, mistake=error)
    return _page(desk, brought=added)


def octets_of(file: UploadFile | None, most: int) -> bytes:
    """Return what is in a file that was chosen, one octet more than `most` at most. Raises InputError when none was."""
    if file is None or not file.size:
        raise InputError("no file was chosen", where="file", remedy="choose one")
    return file.file.read(most + 1)


def new_source(typed: SourceForm) -> NewSource:
    """Return the source that a form describes. Raises InputError that names the field."""
    return NewSource(
        section=typed.section.strip(),
        kind=typed.kind,
        address=typed.address.strip(),
        name=typed.name.strip(),
        plain_http=bool(typed.plain_http),
        header=typed.header.strip(),
        secret=typed.secret.strip(),
        mapping=mapping_of(typed),
        wished=tuple(word for word in typed.wished.replace("\n", ",").split(",") if word.strip()),
        **{name: number_of(getattr(typed, name), name) for name in ("weight", "most", "keep_days", "every_minutes")},
    )


def mapping_of(typed: SourceForm) -> dict[str, Any] | None:
    """Return the mapping in a form, None for none. Raises InputError that says where it cannot be read."""
    return read_mapping(typed.mapping) if typed.mapping.strip() else None


def _asked(typed: SourceForm) -> AskedSource:
    return AskedSource(
        source_id=0,
        name=typed.name,
        kind=_kind(typed) or SourceKind.FEED,
        address=typed.address.strip(),
        mapping=mapping_of(typed),
        header=typed.header.strip(),
        secret=typed.secret.strip(),
        plain_http=bool(typed.plain_http),
    )


def _kind(typed: SourceForm) -> SourceKind | None:
    if typed.kind and typed.kind not in set(SourceKind):
        raise InputError("there is no such kind", where="kind", remedy=f"there are: {', '.join(SourceKind)}")
    return SourceKind(typed.kind) if typed.kind else None


def number_of(text: str, name: str) -> int:
    """Return the number that was typed into a field. Raises InputError that names it."""
    if not text.strip().isdecimal() or len(text.strip()) > 6:
        raise InputError(f"{text[:20]!r} is no number", where=name.replace("_", " "), remedy="write digits")
    return int(text)


def _page(desk: Desk, *, after: int = 0, typed: SourceForm | None = None, **more: Any) -> Response:
    assert desk.publication is not None
    parts, home = desk.parts, desk.publication
    found = listing.page(parts.database, home.id, after=after, size=PAGE)
    mistake = more.get("mistake")
    values: Mapping[str, Any] = {
        "publication": home,
        "here": f"/desk/{home.slug}/sources",
        "sources": found.rows,
        "more": found.more,
        "started": after > 0,
        "plan": parts.section_keeping.planned(home.id),
        "kinds": list(SourceKind),
        "run": reporting.last_run(parts.database, home.id),
        "proposed_by": proposed_by,
        "typed": typed or SourceForm(),
        "is_open": typed is not None,
        "may_write": desk.may(Right.WRITE),
        "now": parts.clock.now(),
        "trial": None,
        "brought": None,
        "mistake": None,
    }
    return desk.page("sources.html", {**values, **more}, status=mistake.http_status if mistake else 200)
