"""The last look before an issue goes out: findings, a test, the time; and the way back while nothing was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Response

from newsletter.errors import ConflictError, InputError, LimitError, NotFoundError
from newsletter.issues import approving, choosing_audience, publishing, questions
from newsletter.issues.accepting import key_of, may_be_accepted, sort_out
from newsletter.issues.choosing_audience import AudienceChangedError
from newsletter.issues.preflight import Finding, Inspected, in_order, stops
from newsletter.issues.preflight.finished_mail import weights
from newsletter.issues.preflight.inbox_row import PHONE, seen
from newsletter.model import Approval, Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.rendering.headlines import shown_subject
from newsletter.wall_clock import read_local
from newsletter.web.desk.audience import choices
from newsletter.web.desk.drafts import Draft, rendered
from newsletter.web.desk.pages import Approves, Desk, Sees, Sends, SendsForGood, Writes, back_to, enter
from newsletter.web.desk.sending import status_page
from newsletter.web.desk.when import moments, offered
from newsletter.web.framing import has_remote_images
from newsletter.web.parts import Number
from newsletter.web.typed import Typed
from newsletter.zones import day_of

if TYPE_CHECKING:
    from newsletter.issues.looking_over import LastLook

MOST_TESTED = 10
"""Addresses to which one press sends a test."""

router = APIRouter(prefix="/desk/{publication}/issues/{issue_id}")


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled into the page's forms, and what is wrong with it."""

    to: str = ""
    to_mistake: str = ""
    at: str = ""
    at_mistake: str = ""
    at_once: bool = False
    despite: Sequence[str] = ()
    refused: bool = False
    """Something that stops it was not ticked."""


@router.get("/review")
def review(issue_id: Number, desk: Sees) -> Response:
    """Show the issue as last saved, with what preflight found and how many readers it has."""
    return review_page(desk, issue_id)


@router.post("/test")
def send_test(issue_id: Number, desk: Writes, to: Annotated[str, Form()] = "") -> Response:
    """Send the issue as last saved to one address, or to a few with commas between."""
    issue, _ = desk.load(issue_id)
    try:
        with desk.turn("test"):
            for address in _addresses(to):
                desk.parts.previewing.send_test(issue.id, address, by=desk.by)
    except (InputError, LimitError) as error:
        mistake = f"{error.what}: {error.remedy}" if isinstance(error, LimitError) else error.what
        return review_page(desk, issue_id, Filled(to=to, to_mistake=mistake), status=error.http_status)
    return back_to(desk.at(issue_id, "review"), "tested")


@router.post("/schedule")
def schedule(
    issue_id: Number,
    desk: SendsForGood,
    at: Annotated[str, Form()] = "",
    now: Annotated[str, Form()] = "",
    despite: Annotated[list[str] | None, Form()] = None,
    *,
    audience: Annotated[str, Form()] = "",
) -> Response:
    """Freeze the issue and schedule it for `at`, in the publication's zone; a filled `now` is now, whatever the time. `despite`: what was ticked."""
    (issue, home), parts = desk.load(issue_id), desk.parts
    filled = Filled(at=at, at_once=bool(now), despite=despite or [])
    try:
        with desk.turn("schedule"):
            moment = parts.clock.now() if filled.at_once else read_local(at, home.time_zone)
            seen = choosing_audience.as_seen(issue.id, audience)
            parts.publishing.schedule(issue.id, moment, despite=filled.despite, along=seen, by=desk.by)
    except AudienceChangedError as error:
        return review_page(desk, issue_id, filled, told=str(error), status=error.http_status)
    except publishing.RefusedError:
        return review_page(desk, issue_id, replace(filled, refused=True), status=422)
    except InputError as error:
        return review_page(desk, issue_id, replace(filled, at_mistake=_mistake(error)), status=422)
    return back_to(desk.at(issue_id), "" if filled.at_once else "scheduled")


def _addresses(to: str) -> list[str]:
    named = list(dict.fromkeys(address.strip() for address in to.split(",") if address.strip())) or [to]
    if len(named) > MOST_TESTED:
        raise InputError(f"a test goes to {MOST_TESTED} addresses at once", where="to", remedy="name fewer")
    return named


def reopened(desk: Desk, typed: Typed, told: str, *, status: int) -> Response:
    """Show the review with what was typed before its editor signed in anew; nothing is sent or scheduled."""
    to, at, despite = typed.value("to"), typed.value("at"), typed.values("despite")
    try:
        desk = enter(desk, typed.publication, Right.READ)
        return review_page(desk, typed.issue_id, Filled(to=to, at=at, despite=despite), told=told, status=status)
    except NotFoundError:
        return back_to("/desk")


@router.post("/approve")
def approve(
    issue_id: Number,
    desk: Approves,
    revision: Annotated[Number, Form()] = 0,
    despite: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Say that the issue may go out as it was shown; `despite`: what was ticked, which the slot lets pass."""
    issue, _ = desk.load(issue_id)
    desk.parts.approving.approve(issue.id, revision=revision, despite=despite or [], by=desk.by)
    return back_to(desk.at(issue_id, "review"), "approved")


@router.post("/undo")
def undo(issue_id: Number, desk: Sends, then: Annotated[str, Form()] = "") -> Response:
    """Make a scheduled issue a draft again; pressed twice, it is one. Its time is offered again; `then` review: at once."""
    issue, _ = desk.load(issue_id)
    try:
        desk.parts.publishing.undo(issue.id, by=desk.by)
    except ConflictError as error:
        issue, publication = desk.load(issue_id)
        if issue.state is not IssueState.DRAFT:
            return status_page(desk, issue, publication, too_late=f"Too late to undo: {error.remedy}.")
    return back_to(desk.at(issue_id, "review" if then == "review" else ""), "undone")


def review_page(
    desk: Desk,
    issue_id: int,
    filled: Filled = Filled(),
    *,
    told: str = "",
    status: int = 200,
) -> Response:
    """Return the page, with what was looked at outside if it was lately; of an issue that is no draft, the way to its own."""
    (issue, publication), parts = desk.load(issue_id), desk.parts
    if issue.state is not IssueState.DRAFT:
        return back_to(desk.at(issue_id))
    document, now = Document.model_validate(issue.content), parts.clock.now()
    offer = offered(desk, issue, publication, now)
    filled = replace(filled, to=filled.to or desk.seat.editor.address, at=filled.at or offer.in_field(publication))
    with desk.turn("review"):
        draft = rendered(parts, publication, document, issue.source)
    day = day_of(_due(filled, publication, now, parts.settings.undo_seconds), publication.time_zone)
    outgoing = parts.looking_over.outgoing(issue, document, publication)
    known = parts.looking_over.before_sending(outgoing, day=day, now=now)
    given = known.approvals
    values = {
        "issue": issue,
        "publication": publication,
        "document": document,
        **_agreement(desk, issue, publication, given),
        "drafts": parts.drafting.is_on,
        "headlines": questions.HEADLINES,
        "day": day,
        "filled": filled,
        "octets": len(draft.mail.html.encode()),
        "weights": weights(Inspected(document, brand_of(publication, ""), draft.mail, issue.source)),
        "remote_images": has_remote_images(draft.mail.html, parts.settings.public_host),
        "audience": known.audience,
        **choices(desk, issue),
        "now": now,
        **moments(desk, publication, offer, filled.at, now),
        "undo_seconds": parts.settings.undo_seconds,
    } | ({"done": told} if told else {})
    return desk.page("review.html", values | _preflight(desk, issue, draft, known), status=status)


def _agreement(desk: Desk, issue: Issue, home: Publication, given: Sequence[Approval]) -> dict[str, Any]:
    """What the page shows of approvals, of who asked for them, and of what is said of the issue."""
    wrote = approving.wrote(issue, desk.by)
    threads = desk.parts.commenting.threads(issue)
    return {
        "approvals": given,
        "wrote": wrote,
        "may_approve": not (wrote and home.four_eyes) and not any(each.person == desk.by.person for each in given),
        "approved_by_me": any(each.person == desk.by.person for each in given),
        "approved": not home.four_eyes or any(each.person not in {desk.by.person, issue.written_by} for each in given),
        "changed": desk.parts.approving.changed_since(issue),
        "asked_for": desk.parts.asking_approval.last(issue),
        "threads": threads,
        "open_threads": sum(1 for thread in threads if thread.first.resolved_at is None),
        "remembered": desk.parts.previewing.remembered(home.id),
        "rehearsal": desk.parts.rehearsing.last(issue.id),
        "sends_by_itself": bool(home.slot_hour and home.slot_weekdays),
    }


def _preflight(desk: Desk, issue: Issue, draft: Draft, known: LastLook) -> dict[str, Any]:
    """What the page shows of preflight: questions that are about something have ticks of their own, and accepted advice is folded."""
    found = in_order([*draft.findings, *(finding for finding in known.asked if not finding.about)])
    outside = desk.parts.looking_outside.last(issue)
    shown = in_order([*found, *(outside.findings if outside else ())])
    told = sort_out(shown, issue.source, desk.parts.accepting.accepted(issue.id))
    own = {id(each) for each in found}
    return {
        "findings": told.shown,
        "accepted": told.accepted,
        "key_of": lambda finding: key_of(finding, issue.source) if may_be_accepted(finding) else "",
        "is_outside": lambda finding: id(finding) not in own,
        "fixes": [finding.fix for finding in shown if finding.fix],
        "outside": outside,
        "blocked": any(not finding.may_pass for finding in stops(found)),
        "passable": _by_rule(found),
        "asked": [finding for finding in known.asked if finding.about],
        "inbox": seen(shown_subject(draft.document), PHONE.subject, PHONE.type_size),
    }


def _due(filled: Filled, home: Publication, now: datetime, undo_seconds: int) -> datetime:
    """When it goes out if the form is sent as it is filled in; a time that is none counts as now until it is mended."""
    try:
        return publishing.due_at(now if filled.at_once else read_local(filled.at, home.time_zone), now, undo_seconds)
    except InputError:
        return publishing.due_at(now, now, undo_seconds)


def _by_rule(findings: list[Finding]) -> dict[str, list[Finding]]:
    """What may be let pass with a tick, by rule."""
    found: dict[str, list[Finding]] = {}
    for finding in stops(findings):
        if finding.may_pass:
            found.setdefault(finding.rule, []).append(finding)
    return found


def _mistake(error: InputError) -> str:
    return f"{error.what}: {error.remedy}" if error.remedy else error.what
