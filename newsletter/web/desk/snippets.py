"""The snippets of a publication, and items of earlier issues: what an editor inserts while writing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import ConflictError, InputError
from newsletter.issues.finding_items import find_items
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, Sees, Writes, back_to
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}")
Text = Annotated[str, Form()]


@router.get("/snippets")
def show(desk: Sees) -> Response:
    """List the snippets: a page with a form for each, or for a script their names and words."""
    if wants_json(desk.request):
        assert desk.publication is not None
        listed = desk.parts.snippets.listed(desk.publication.id)
        return JSONResponse({"snippets": [{"name": each.name, "text": each.text} for each in listed]}, headers=PRIVATE)
    return _page(desk)


@router.post("/snippets")
def add(desk: Writes, name: Text = "", text: Text = "") -> Response:
    """Add a snippet."""
    return _keep(desk, name, text, None)


@router.post("/snippets/{snippet_id}")
def change(snippet_id: Number, desk: Writes, name: Text = "", text: Text = "") -> Response:
    """Change a snippet."""
    return _keep(desk, name, text, snippet_id)


@router.post("/snippets/{snippet_id}/remove")
def remove(snippet_id: Number, desk: Writes) -> Response:
    """Remove a snippet."""
    assert desk.publication is not None
    desk.parts.snippets.remove(desk.publication.id, snippet_id, by=desk.by)
    return back_to(f"/desk/{desk.publication.slug}/snippets", "snippet-removed")


@router.get("/old-items")
def old_items(desk: Sees, q: str = "") -> Response:
    """Answer with items of earlier issues whose titles or addresses hold these words."""
    assert desk.publication is not None
    found = find_items(desk.parts.database, desk.publication.id, q)
    told = [
        {"title": each.title, "issue": each.issue_slug, "section": each.section, "markdown": each.markdown}
        for each in found
    ]
    return JSONResponse({"items": told}, headers=PRIVATE)


def _keep(desk: Desk, name: str, text: str, snippet_id: int | None) -> Response:
    assert desk.publication is not None
    try:
        desk.parts.snippets.keep(desk.publication.id, name, text, by=desk.by, snippet_id=snippet_id)
    except (ConflictError, InputError) as error:
        return _page(desk, mistake=error, wrong=snippet_id or 0, name=name[:200], text=text)
    return back_to(f"/desk/{desk.publication.slug}/snippets", "snippet-kept")


def _page(
    desk: Desk, *, mistake: ConflictError | InputError | None = None, wrong: int = 0, name: str = "", text: str = ""
) -> Response:
    assert desk.publication is not None
    values = {
        "publication": desk.publication,
        "snippets": desk.parts.snippets.listed(desk.publication.id),
        "may_write": desk.may(Right.WRITE),
        "mistake": mistake,
        "wrong": wrong,
        "typed_name": name,
        "typed_text": text,
    }
    return desk.page("snippets.html", values, status=mistake.http_status if mistake else 200)
