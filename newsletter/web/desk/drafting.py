"""At the review of an issue: let a language model propose words, where the settings name one, and say that they were read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from newsletter.web.desk.pages import Writes, back_to
from newsletter.web.desk.reviewing import review_page
from newsletter.web.desk.turns import Turns
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")
_ASKING = Turns(at_once=2, patience=2.0)
"""Who waits for a model takes none of the turns at rendering."""


@router.post("/propose")
def propose(issue_id: Number, desk: Writes) -> Response:
    """Put what a model proposes into the issue as last saved, and show its text; where nothing came, say why."""
    issue, _ = desk.load(issue_id)
    with _ASKING.take(desk.seat.editor.id, "propose"):
        done = desk.parts.proposing.propose(issue.id, by=desk.by)
    if done.lead or done.summaries:
        return back_to(desk.at(issue_id), "proposed")
    why = done.proposal.why or "the lead is yours and stays, and no item is long enough for a summary"
    return review_page(desk, issue_id, told=f"Nothing is proposed: {why}.")


@router.post("/accept")
def accept(issue_id: Number, desk: Writes, revision: Annotated[Number, Form()] = 0) -> Response:
    """Take the marks of drafted words out of the revision that was shown: somebody has read them."""
    issue, _ = desk.load(issue_id)
    count = desk.parts.drafted_words.accept(issue.id, revision=revision, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "accepted" if count else "")
