"""Write an issue: the text on the left, what becomes of it on the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import JSONResponse

from newsletter.errors import ConflictError, InputError, LimitError, NotFoundError
from newsletter.issues import preview_texts
from newsletter.issues.accepting import sort_out
from newsletter.issues.previewing import PreviewReader
from newsletter.issues.saving import Edit, TouchingError, UnreadableTogetherError
from newsletter.issues.vocabulary import vocabulary
from newsletter.mail.merge_fields import BUILT_IN
from newsletter.model import Issue, Publication
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.rendering.language import spoken_languages
from newsletter.web.desk.drafts import ANYBODY, Draft, Mistake, mistake_of, read
from newsletter.web.desk.looked import looked
from newsletter.web.desk.pages import PRIVATE, Desk, Sees, Writes, back_to, enter
from newsletter.web.desk.previews import DRAFTS, KINDS, asked_of, known_of, reader_of
from newsletter.web.desk.sending import status_page
from newsletter.web.desk.working import around, changes_of, stored_now
from newsletter.web.errors import wants_json
from newsletter.web.parts import Number
from newsletter.web.templating import render
from newsletter.web.typed import Typed

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")
_LONGEST_READER = 320  # characters of an address (RFC 5321 section 4.5.3.1)
_DIGITS = 16  # of a revision: fewer than what every database holds


@dataclass(frozen=True, slots=True)
class Written:
    """What the form holds. Browsers send lines ending in CRLF (HTML, form submission); the file has LF."""

    text: str
    revision: int
    kind: str = "email"
    images: bool = False  # from elsewhere, in the preview
    choices: Mapping[str, str] = field(default_factory=dict)
    """What stays where two changed the same, by the key of the place."""
    reader: PreviewReader = ANYBODY
    """Whose mail the preview shows."""


def chosen_reader(
    reader: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
    tracking: Annotated[str, Form()] = "",
) -> PreviewReader:
    """Read whose mail the preview shows; what is no choice is left as it is for anybody."""
    return reader_of(reader.strip()[:_LONGEST_READER], language, tracking)


def written(
    text: Annotated[str, Form()] = "",
    revision: Annotated[Number, Form()] = 0,
    kind: Annotated[str, Form()] = "email",
    *,
    images: Annotated[bool, Form()] = False,
    choice: Annotated[list[str] | None, Form()] = None,
    reader: Annotated[PreviewReader, Depends(chosen_reader)],
) -> Written:
    """Read the form."""
    choices = dict(each.split(":", 1) for each in choice or () if ":" in each)
    shown = kind if kind in KINDS else "email"
    return Written(text.replace("\r\n", "\n"), revision, shown, images, choices, reader)


WrittenOf = Annotated[Written, Depends(written)]


@router.get("")
def edit(issue_id: Number, desk: Sees, kind: str = "email", *, images: bool = False, copy: Number = 0) -> Response:
    """Open an issue: a draft to be written, another to be watched; with `copy`, on a text that was typed and not stored."""
    issue, publication = desk.load(issue_id)
    if issue.state is not IssueState.DRAFT:
        return status_page(desk, issue, publication)
    form = written(issue.source, issue.revision, kind, images=images, reader=ANYBODY)
    if copy:
        kept, text = desk.parts.working_copies.find(issue.id, copy)
        form = replace(form, text=text.replace("\r\n", "\n"), revision=kept.revision)
    return _edit_page(desk, issue, publication, form)


@router.post("")
def save(issue_id: Number, desk: Writes, form: WrittenOf, then: Annotated[str, Form()] = "") -> Response:
    """Store the text. What cannot be stored stays in the form, with the reason: nothing typed is lost.

    A script that asks for JSON stays on its page, and keeps place and caret.
    """
    by_script = wants_json(desk.request)
    try:
        desk.load(issue_id)
        with desk.turn("save"):
            saved = desk.parts.saving.save(issue_id, Edit(form.text, form.revision, form.choices), by=desk.by)
    except NotFoundError:
        if by_script:
            raise
        return desk.page("gone.html", {"text": form.text}, status=404)  # deleted by somebody, while this was typed
    except (InputError, ConflictError, LimitError) as error:
        if by_script:
            return _not_stored(desk, issue_id, form, error)
        if isinstance(error, UnreadableTogetherError):
            form = replace(form, text=error.text, revision=error.stored.revision)
        clashing = error if isinstance(error, TouchingError) else None
        trouble = mistake_of(getattr(error, "error", error), form.text)
        return _edit_page(
            desk, *desk.load(issue_id), form, trouble=trouble, clashing=clashing, status=error.http_status
        )
    if by_script:
        return JSONResponse(stored_now(saved, form.text), headers=PRIVATE)
    return back_to(desk.at(issue_id, "review" if then == "review" else ""), "together" if saved.together else "saved")


@router.post("/preview")
def preview(issue_id: Number, desk: Writes, form: WrittenOf) -> Response:
    """Show what would become of the text, without storing it: an answer for a script, else the whole page."""
    issue, publication = desk.load(issue_id)
    if wants_json(desk.request):
        with desk.turn("preview"):
            found = read(desk.parts, publication, form.text, reader=form.reader, known=known_of(desk, form.reader))
            told = looked(desk, issue, publication, found, form.text, kind=form.kind, images=form.images)
        return JSONResponse(told, headers=PRIVATE)
    return _edit_page(desk, issue, publication, form)


def reopened(desk: Desk, typed: Typed, told: str, *, status: int) -> Response:
    """Show a text that was typed before its editor signed in anew, on the revision it was typed on; nothing is stored."""
    number = typed.value("revision")
    revision = int(number) if number.isdecimal() and len(number) < _DIGITS else 0
    kind, images = typed.value("kind"), bool(typed.value("images"))
    reader = chosen_reader(typed.value("reader"), typed.value("language"), typed.value("tracking"))
    form = written(typed.value("text"), revision, kind, images=images, reader=reader)
    try:
        desk = enter(desk, typed.publication, Right.READ)
        issue, publication = desk.load(typed.issue_id)
    except NotFoundError:
        return desk.page("gone.html", {"text": form.text}, status=404)
    # not even for the preview's frame: whose form it was is not proven
    return _edit_page(desk, issue, publication, form, told=told, status=status, kept=False)


def _not_stored(desk: Desk, issue_id: int, form: Written, error: InputError | ConflictError | LimitError) -> Response:
    """Tell a script why, with the text that is stored if it is not the one that was edited."""
    if isinstance(error, LimitError):
        raise error
    issue, _ = desk.load(issue_id)
    both = error if isinstance(error, UnreadableTogetherError) else None
    mistake = mistake_of(both.error, both.text) if both else mistake_of(error, form.text)
    why: dict[str, Any] = {"mistake": mistake, "findings": [], "octets": 0, "frame": ""}
    told = {"html": render("desk/findings.html", **why), "revision": issue.revision, "state": issue.state}
    if both:
        told |= {"revision": both.stored.revision, "changes": changes_of(form.text, both.text), "text": both.text}
    elif isinstance(error, TouchingError):
        told |= {"clashes": render("desk/clashes.html", clashing=error), "text": issue.source}
    elif issue.revision != form.revision:
        told |= {"text": issue.source}
    return JSONResponse(told, error.http_status, PRIVATE)


def _edit_page(
    desk: Desk,
    issue: Issue,
    publication: Publication,
    form: Written,
    *,
    trouble: Mistake | None = None,
    clashing: TouchingError | None = None,
    told: str = "",
    status: int = 200,
    kept: bool = True,
) -> Response:
    seen = _seen(desk, issue, publication, form, kept=kept)
    if trouble is not None and clashing is None:
        seen["mistake"] = trouble
    fields = [*BUILT_IN, *(each.key for each in desk.parts.keeping_fields.listed(publication.id))]
    known = {
        "vocabulary": vocabulary() | {"fields": fields},
        "section_slugs": [each["slug"] for each in issue.content["sections"]],
    }
    seen |= {"clashing": clashing, **around(desk, issue), **known, "languages": spoken_languages()}
    values = {"issue": issue, "publication": publication, "form": form, **seen} | ({"done": told} if told else {})
    return desk.page("edit.html", values, status=status)


def _seen(desk: Desk, issue: Issue, publication: Publication, form: Written, *, kept: bool) -> dict[str, Any]:
    """What the fragment shows: the mistake, or the findings and the frame's address; `kept`: for whatever process is asked for it."""
    try:
        with desk.turn("preview"):
            found = read(desk.parts, publication, form.text, reader=form.reader, known=known_of(desk, form.reader))
    except LimitError as error:
        found = mistake_of(error, form.text)
    return _shown(desk, issue, form, found, kept=kept)


def _shown(desk: Desk, issue: Issue, form: Written, found: Draft | Mistake, *, kept: bool = True) -> dict[str, Any]:
    if isinstance(found, Mistake):
        return {"mistake": found, "findings": [], "octets": 0, "frame": ""}
    reader = "" if form.reader.is_anybody else "\0".join(astuple(form.reader))
    name = preview_texts.name_of(form.text, reader)
    if kept:
        preview_texts.keep(desk.parts.database, clock=desk.parts.clock, issue=issue, text=form.text, reader=reader)
    DRAFTS.keep(issue.id, name, found)
    frame = desk.at(issue.id, f"previews/{name}/{form.kind}{asked_of(form.reader, images=form.images)}")
    told = sort_out(found.findings, form.text, desk.parts.accepting.accepted(issue.id))
    seen = {"findings": told.shown, "accepted": told.accepted}
    return {**seen, "mistake": None, "octets": len(found.mail.html.encode()), "frame": frame}
