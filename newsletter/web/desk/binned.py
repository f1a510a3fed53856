"""Delete a draft or an issue that moved in, look into the bin, and bring one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError
from newsletter.issues import catalogue, deleting
from newsletter.issues.addressing import every_publication
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.paging import cut
from newsletter.web.desk.pages import Desk, Reading, Writes, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk")
_HOME = "/{publication}"
BIN = "/desk/bin"
PAGE = 100


@router.get("/bin")
def show(desk: Reading) -> Response:
    """List the issues that were deleted, last deleted first: those that the editor may restore."""
    return _page(desk)


@router.post(f"{_HOME}/issues/{{issue_id}}/delete")
def delete(issue_id: Number, desk: Writes) -> Response:
    """Put a draft, or an issue that moved in, into the bin."""
    issue, _ = desk.load(issue_id)
    desk.parts.deleting.delete(issue.id, by=desk.by)
    return back_to(BIN, "deleted")


@router.post(f"{_HOME}/bin/{{issue_id}}/restore")
def restore(issue_id: Number, desk: Writes, slug: Annotated[str, Form()] = "") -> Response:
    """Make it what it was, under another slug if one is given."""
    _see_ours(desk, issue_id)
    try:
        issue = desk.parts.deleting.restore(issue_id, slug=slug.strip(), by=desk.by)
    except (ConflictError, InputError) as error:
        return _page(desk, wrong=issue_id, slug=slug.strip(), mistake=error)
    return back_to(desk.at(issue_id), "restored" if issue.state is IssueState.DRAFT else "restored-archived")


def _see_ours(desk: Desk, issue_id: int) -> None:
    """See that what lies in the bin is of the publication in the address. Raises NotFoundError."""
    assert desk.publication is not None
    catalogue.see_in_bin(desk.parts.database, issue_id, desk.publication.id)


def _page(desk: Desk, *, wrong: int = 0, slug: str = "", mistake: ConflictError | InputError | None = None) -> Response:
    database = desk.parts.database
    mine = [owner for owner in every_publication(database) if desk.may(Right.WRITE, owner.id)]
    found = catalogue.bin_page(database, [owner.id for owner in mine], limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last.id)
    owners = {owner.id: owner for owner in mine}
    values = {
        "rows": rows,
        "more": more,
        "owners": owners,
        "days": deleting.KEPT_FOR.days,
        "kept_for": deleting.KEPT_FOR,
        "wrong": wrong,
        "wrong_home": desk.publication.slug if desk.publication else "",
        "slug": slug or next((row.slug for row in rows if row.id == wrong), ""),
        "mistake": mistake,
    }
    return desk.page("bin.html", values, status=mistake.http_status if mistake else 200)
