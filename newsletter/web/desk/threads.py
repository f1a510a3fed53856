"""The comments of an issue as a script is told them, and what is typed into the form of one."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import JSONResponse

from newsletter.web.desk.pages import PRIVATE, Desk
from newsletter.web.templating import ago


@dataclass(frozen=True, slots=True)
class TypedComment:
    """What was typed into the form of a comment, and what is wrong with it."""

    text: str = ""
    line: str = ""
    answers: str = ""
    mistake: str = ""


def threads_told(desk: Desk, issue_id: int) -> Response:
    """Answer with the threads: the line and the words each is about, whether it is open, and what was said."""
    issue, _ = desk.load(issue_id)
    now = desk.parts.clock.now()
    told = [
        {
            "id": thread.first.id,
            "line": thread.line if thread.line is not None else thread.first.line,
            "quote": thread.first.quote,
            "words": thread.words,  # of the line as it is stored
            "open": thread.first.resolved_at is None,
            "settled": thread.first.resolved_by,
            "said": [
                {"name": each.name, "when": ago(each.at, now), "text": each.text}
                for each in (thread.first, *thread.answers)
            ],
        }
        for thread in desk.parts.commenting.threads(issue)
    ]
    return JSONResponse({"threads": told}, headers=PRIVATE)
