"""Agree on an issue: comments on its lines, asking for approval, taking it back; and all that happened to it, in one line of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import InputError
from newsletter.issues.timeline import timeline
from newsletter.model.states import IssueState
from newsletter.web.desk.pages import PRIVATE, Approves, Desk, Sees, Sends, Writes, back_to
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number
from newsletter.web.templating import ago

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")
Words = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class TypedComment:
    """What was typed into the form of a comment, and what is wrong with it."""

    text: str = ""
    line: str = ""
    answers: str = ""
    mistake: str = ""


@router.get("/timeline")
def show(issue_id: Number, desk: Sees, line: str = "") -> Response:
    """Show the comments in the order of the text, and below what happened, newest first; a script is told the comments."""
    if wants_json(desk.request):
        return _threads(desk, issue_id)
    return _page(desk, issue_id, TypedComment(line=line if line.isdecimal() and len(line) < 7 else ""))


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
        return _page(desk, issue_id, typed, status=422)
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
    return _threads(desk, issue_id) if wants_json(desk.request) else back_to(desk.at(issue_id, "timeline"), "commented")


def _threads(desk: Desk, issue_id: int) -> Response:
    """Answer with the threads: the line and the words each is about, whether it is open, and what was said."""
    issue, _ = desk.load(issue_id)
    now = desk.parts.clock.now()
    told = [
        {
            "id": thread.first.id,
            "line": thread.line if thread.line is not None else thread.first.line,
            "quote": thread.first.quote,
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


def _page(desk: Desk, issue_id: int, typed: TypedComment, *, status: int = 200) -> Response:
    issue, publication = desk.load(issue_id)
    threads = desk.parts.commenting.threads(issue)
    lines = issue.source.replace("\r\n", "\n").split("\n")
    number = int(typed.line) if typed.line.isdecimal() and len(typed.line) < 7 else 0
    values = {
        "issue": issue,
        "publication": publication,
        "threads": threads,
        "open": sum(1 for thread in threads if thread.first.resolved_at is None),
        "entries": timeline(desk.parts.database, issue.id),
        "typed": typed,
        "quoted": lines[number - 1] if 1 <= number <= len(lines) else "",
        "changed": desk.parts.approving.changed_since(issue) if issue.state is IssueState.DRAFT else None,
        "now": desk.parts.clock.now(),
    }
    return desk.page("timeline.html", values, status=status)


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InputError(
            "this is no line", where="line", remedy="name it by its number, or leave it empty for the whole"
        )
    return int(text)
