"""Agree on an issue: comments on its lines, asking for approval, taking it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from newsletter.errors import InputError
from newsletter.web.desk.history import history_page
from newsletter.web.desk.pages import PRIVATE, Approves, Desk, Sees, Sends, Writes, back_to
from newsletter.web.desk.threads import TypedComment, threads_told
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")
Words = Annotated[str, Form()]


@router.get("/timeline")
def timeline(issue_id: Number, desk: Sees, line: str = "") -> Response:
    """Lead to the page that tells this by now."""
    desk.load(issue_id)
    number = f"?line={line}" if line.isdecimal() and line.isascii() and len(line) < 7 else ""
    return RedirectResponse(f"{desk.at(issue_id, 'history')}{number}", 301, PRIVATE)


@router.post("/comments")
def comment(
    issue_id: Number,
    desk: Writes,
    text: Words = "",
    line: Words = "",
    answers: Words = "",
    *,
    quote: Words = "",
) -> Response:
    """Comment on a line of the issue as it stands, on the whole, or on another comment; `quote` has the words of a line as a script sees it."""
    issue, _ = desk.load(issue_id)
    try:
        about = _number(answers) or None
        desk.parts.commenting.comment(issue.id, text, line=_number(line), quote=quote, answers=about, by=desk.by)
    except InputError as error:
        if wants_json(desk.request):
            raise
        typed = TypedComment(text, line, answers, f"{error.what}: {error.remedy}")
        return history_page(desk, issue_id, typed, status=422)
    return _after(desk, issue_id)


@router.post("/comments/{comment_id}")
def resolve(issue_id: Number, comment_id: Number, desk: Writes, act: Words = "resolve") -> Response:
    """Mark a thread as resolved, or as open again."""
    issue, _ = desk.load(issue_id)
    desk.parts.commenting.resolve(issue.id, comment_id, done=act != "reopen", by=desk.by)
    return _after(desk, issue_id)


@router.post("/ask")
def ask(issue_id: Number, desk: Writes, note: Words = "") -> Response:
    """Ask those who may approve the issue, by mail."""
    issue, _ = desk.load(issue_id)
    desk.parts.asking_approval.ask(issue.id, note, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "asked-approval")


@router.post("/rehearse")
def rehearse(issue_id: Number, desk: Sends, sample: Words = "5") -> Response:
    """Have it composed for every reader, and a few of the messages sent to oneself."""
    issue, _ = desk.load(issue_id)
    number = int(sample) if sample.isascii() and sample.isdecimal() and len(sample) < 4 else -1
    desk.parts.rehearsing.ask(issue.id, to=desk.seat.editor.address, sample=number, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "rehearsing")


@router.post("/withdraw")
def withdraw(issue_id: Number, desk: Approves) -> Response:
    """Take one's own approval back."""
    issue, _ = desk.load(issue_id)
    desk.parts.approving.withdraw(issue.id, by=desk.by)
    return back_to(desk.at(issue_id, "review"), "withdrawn-approval")


def _after(desk: Desk, issue_id: int) -> Response:
    """Answer a change of comments: a script with how they stand now, a browser with the page."""
    return (
        threads_told(desk, issue_id) if wants_json(desk.request) else back_to(desk.at(issue_id, "history"), "commented")
    )


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InputError(
            "this is no line", where="line", remedy="name it by its number, or leave it empty for the whole"
        )
    return int(text)
