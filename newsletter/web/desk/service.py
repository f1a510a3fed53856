"""Is everything in order? What the doctor says, in the same words; what knocks at doors or starts something is left to the command."""

from __future__ import annotations

from fastapi import APIRouter, Response

from newsletter.web.desk.pages import SeesService

router = APIRouter(prefix="/desk/service")
_FIRST = ("wrong", "doubtful", "good")


@router.get("")
def show(desk: SeesService) -> Response:
    """Show what was found, the worst first."""
    checks = desk.parts.checks
    found = sorted(checks.examine(cheap_alone=True), key=lambda result: _FIRST.index(result.verdict))
    return desk.page("service.html", {"results": found, "left_out": checks.dear})
