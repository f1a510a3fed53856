"""Mark an alarm as seen: it leaves the head of the desk for everybody, and the mails and calls about it end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.errors import NotFoundError
from newsletter.store import alarms
from newsletter.web.desk.pages import Changing, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/alarms")
_HOME = "/desk"


@router.post("/{alarm_id}/seen")
def seen(alarm_id: Number, desk: Changing, back: Annotated[str, Form()] = _HOME) -> Response:
    """Note who saw it, and go back to the page where it was shown."""
    now, editor = desk.parts.clock.now(), desk.seat.editor
    with desk.parts.database.write() as session:
        if alarms.see(session, alarm_id, now, editor.id) is None:
            raise NotFoundError("it has ended already", remedy="the desk shows what stands")
    return back_to(back if _is_of_the_desk(back) else _HOME, "seen")


def _is_of_the_desk(path: str) -> bool:
    """A page of the desk, and nothing that a browser could take for another site."""
    plain = path.isascii() and path.replace("/", "").replace("-", "").isalnum()
    return plain and (path == _HOME or path.startswith(f"{_HOME}/")) and "//" not in path
