"""Delete a draft, look into the bin, and bring one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError
from newsletter.issues import deleting
from newsletter.store import binned, publications
from newsletter.web.desk.pages import Changing, Desk, Reading, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")
BIN = "/desk/bin"
PAGE = 100


@router.get("/bin")
def show(desk: Reading) -> Response:
    """List the drafts that were deleted, last deleted first."""
    return _page(desk)


@router.post("/issues/{issue_id}/delete")
def delete(issue_id: Number, desk: Changing) -> Response:
    """Put a draft into the bin."""
    (issue, publication), parts = desk.load(issue_id), desk.parts
    deleting.delete(parts.database, clock=parts.clock, publication=publication.slug, slug=issue.slug)
    return back_to(BIN, "deleted")


@router.post("/bin/{issue_id}/restore")
def restore(issue_id: Number, desk: Changing, slug: Annotated[str, Form()] = "") -> Response:
    """Make it a draft again, under another slug if one is given."""
    try:
        deleting.restore(desk.parts.database, clock=desk.parts.clock, issue_id=issue_id, slug=slug.strip())
    except (ConflictError, InputError) as error:
        return _page(desk, wrong=issue_id, slug=slug.strip(), mistake=error)
    return back_to(f"/desk/issues/{issue_id}", "restored")


def _page(desk: Desk, *, wrong: int = 0, slug: str = "", mistake: ConflictError | InputError | None = None) -> Response:
    with desk.parts.database.read() as session:
        owners = {owner.id: owner for owner in publications.all_of(session)}
        rows = binned.listing(session, limit=PAGE + 1)
    values = {
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "owners": owners,
        "days": deleting.KEPT_FOR.days,
        "kept_for": deleting.KEPT_FOR,
        "wrong": wrong,
        "slug": slug or next((row.slug for row in rows if row.id == wrong), ""),
        "mistake": mistake,
    }
    return desk.page("bin.html", values, status=mistake.http_status if mistake else 200)
