"""Who did what, page by page."""

from __future__ import annotations

from fastapi import APIRouter, Response

from newsletter.accounts import audit_trail
from newsletter.issues.addressing import every_publication, publication_named
from newsletter.paging import cut
from newsletter.web.desk.pages import SeesAudit
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/audit")
PAGE = 50


@router.get("")
def show(desk: SeesAudit, publication: str = "", before: Number = 0) -> Response:
    """Show the audit trail, newest first: all of it, or what concerns one publication."""
    database = desk.parts.database
    chosen = publication_named(database, publication).id if publication else None
    found = audit_trail.page(database, publication_id=chosen, before=before or None, limit=PAGE + 1, by=desk.by)
    rows, more = cut(found, PAGE, lambda last: last["id"])
    values = {
        "rows": rows,
        "more": more,
        "started": bool(before),
        "owners": every_publication(database),
        "chosen": publication,
        "days": desk.parts.settings.audit_days,
    }
    return desk.page("audit.html", values)
