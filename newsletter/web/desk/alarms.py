"""Mark an alarm as seen: it leaves the head of the desk for everybody, and the mails and calls about it end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.delivery import alarming
from newsletter.web.desk.pages import Changing, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/alarms")
_HOME = "/desk"


@router.post("/{alarm_id}/seen")
def seen(alarm_id: Number, desk: Changing, back: Annotated[str, Form()] = _HOME) -> Response:
    """Note who saw it, and go back to the page where it was shown."""
    alarming.see(desk.parts.database, clock=desk.parts.clock, alarm_id=alarm_id, by=desk.by)
    return back_to(back if _is_of_the_desk(back) else _HOME, "seen")


def _is_of_the_desk(path: str) -> bool:
    """A page of the desk, and nothing that a browser could take for another site."""
    plain = path.isascii() and path.replace("/", "").replace("-", "").isalnum()
    return plain and (path == _HOME or path.startswith(f"{_HOME}/")) and "//" not in path
