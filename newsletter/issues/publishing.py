"""Freeze an issue into an Edition and say when it goes out; take that back while nothing was sent.

An Edition never changes once a Delivery points at it (law 3): nothing here updates an old one. Scheduling again after an
undo freezes another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock, in_utc
from newsletter.config import Settings
from newsletter.errors import ConflictError, InputError
from newsletter.issues import preflight, questions
from newsletter.issues.approving import see_approved
from newsletter.issues.listing import item_rows, link_rows, section_rows
from newsletter.issues.looking_over import rendered
from newsletter.issues.preflight import Finding, Inspected
from newsletter.issues.sameness import text_digest
from newsletter.mail.body import build_body
from newsletter.mail.merge_fields import MergePlan
from newsletter.model import Edition, EditionBody, Issue
from newsletter.model.actor import Actor
from newsletter.model.brand import Brand, brand_of
from newsletter.model.document import Document
from newsletter.model.rights import Right
from newsletter.model.states import IssueState, check_issue_move
from newsletter.rendering.renderer import EmailRendering, Renderer, TrackingForm
from newsletter.store.archive import published
from newsletter.store.database import Database
from newsletter.store.issues import editions, issues, other_issues
from newsletter.store.publications import publications
from newsletter.zones import day_of

log = structlog.get_logger(__name__)

"""The forms every edition is compiled in; the first one is what preflight looks at."""
GRACE = timedelta(minutes=5)
"""How long past a moment may be and still mean now: somebody typed it, looked once more, and pressed."""
_UNFROZEN = {"scheduled_at": None, "text_digest": None}
_LONGEST_ID = 9_999_999_999
"""Stands for the edition's id until it has one: never shorter, so that the byte budget holds."""


def _nothing(_session: Session) -> None:
    """Do nothing along."""


class RefusedError(InputError):
    """An issue is not fit to be sent, or something is to be answered first: see `findings`."""

    def __init__(self, findings: Sequence[Finding], slug: str) -> None:
        wrong = [finding for finding in findings if finding.severity == "stop"]
        asked = [finding.what for finding in findings if finding.severity == "ask"]
        told = [f"{finding.where}: {finding.what}" if finding.may_pass else finding.what for finding in wrong]
        parts = [("not fit to be sent: ", told), ("to be answered before it is sent: ", asked)]
        remedies = dict.fromkeys(finding.remedy for finding in findings)
        passes = dict.fromkeys(f"--despite {finding.rule}" for finding in findings if finding.may_pass)
        meant = [f"by command: {' '.join(passes)}"] if passes else []
        what = "; ".join(name + "; ".join(words) for name, words in parts if words)
        super().__init__(what, where=slug, remedy="; ".join([*remedies, *meant]))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class _Draft:
    """An issue as it was read, with all that is made of it before the transaction that freezes it."""

    issue: Issue
    brand: Brand
    document: Document
    renderings: Mapping[TrackingForm, EmailRendering]
    merge_plan: MergePlan
    findings: list[Finding]
    last: int  # issues in which its items are looked for


_FROM, _AGAIN = frozenset({IssueState.DRAFT}), frozenset({IssueState.SCHEDULED})


@dataclass(frozen=True)
class Publishing:
    """The tools of publishing, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    settings: Settings

    def schedule(
        self,
        issue_id: int,
        at: datetime,
        *,
        despite: Collection[str] = (),
        again: bool = False,
        along: Callable[[Session], None] = _nothing,
        by: Actor,
    ) -> Edition:
        """Freeze a draft and schedule it for `at` (with a time zone; less than GRACE past means now); return the edition.

        It goes out no sooner than the settings' `undo_seconds` from now: so long at least it can be undone. With `again` it may be
        scheduled already, and is taken back in the same step. `along` is done in the transaction that schedules it.

        Raises NotFoundError; ForbiddenError; ConflictError when the issue is no draft, nobody else approved it where that is asked for,
        or someone changed it meanwhile; InputError when the moment is past; RefusedError when preflight finds an error, or asks. In each
        case nothing is stored. `despite` names rules to let pass.
        """
        due = due_at(at, self.clock.now(), self.settings.undo_seconds)
        draft = self._compiled(issue_id, _FROM | _AGAIN if again else _FROM, by=by)
        # before the transaction, so that all there is to say is said at once, and in it, so that of two at once one is asked
        with self.database.read() as session:
            _refuse(session, draft, self.clock.now(), due, despite=despite, by=by)
        with self.database.write() as session:
            now, due = self._settled(session, draft, due, despite=despite, by=by)
            _move(session, draft, due, now, by)
            edition = _freeze(session, draft, now)
            along(session)
        log.info("issue scheduled", issue_id=issue_id, edition_id=edition.id, due=due.isoformat(), by=str(by))
        return edition

    def reschedule(self, issue_id: int, at: datetime, *, despite: Collection[str] = (), by: Actor) -> None:
        """Let a scheduled issue go out at another moment; its text, its edition and its approvals stay as they are.

        Asked and refused as `schedule` does; raises ConflictError for one that is not scheduled.
        """
        due = due_at(at, self.clock.now(), self.settings.undo_seconds)
        draft = self._compiled(issue_id, _AGAIN, by=by)
        with self.database.write() as session:
            now, due = self._settled(session, draft, due, despite=despite, by=by)
            issues.put_off_as_seen(session, draft.issue, due, by=by, at=now)
        log.info("issue rescheduled", issue_id=issue_id, due=due.isoformat(), by=str(by))

    def undo(self, issue_id: int, *, by: Actor) -> None:
        """Make a scheduled issue a draft again. Raises NotFoundError; ForbiddenError; ConflictError once its sending has begun."""
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            now = self.clock.now()
            values = {**_UNFROZEN, "changed_at": now, "offered_at": issue.scheduled_at}
            issues.move_as_seen(session, issue, IssueState.DRAFT, by=by, at=now, values=values)
        log.info("issue taken back", issue_id=issue.id, by=str(by))

    def _settled(
        self, session: Session, draft: _Draft, due: datetime, *, despite: Collection[str], by: Actor
    ) -> tuple[datetime, datetime]:
        """See, alone with the issues of the publication, that a draft may go out; return the present moment and when it does."""
        other_issues.lock(session, draft.issue.publication_id)
        publications.see_open(session, draft.issue.publication_id)
        now = self.clock.now()
        # kept in the row, so that no other process, with other settings, can shorten what was promised here
        due = max(due, due_at(now, now, self.settings.undo_seconds))
        _refuse(session, draft, now, due, despite=despite, by=by)
        return now, due

    def _compiled(self, issue_id: int, states: Collection[IssueState], *, by: Actor) -> _Draft:
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            brand = brand_of(issues.publication_of(session, issue), self.settings.base_url)
            document = Document.model_validate(issue.content)
            around = published.surroundings(session, issue.publication_id, document)
        if issue.state not in states:
            check_issue_move(issue.state, IssueState.SCHEDULED)
            remedy = "only a scheduled issue has a moment to be moved"
            raise ConflictError("it is not scheduled any more", where=f"issue {issue.slug}", remedy=remedy)
        budget = self.settings.byte_budget
        _, findings = rendered(Inspected(document, brand, None, issue.source), self.renderer, budget, around)
        mails, plan = self.renderer.email_forms(
            document, brand, byte_budget=budget, edition_id=_LONGEST_ID, around=around
        )
        return _Draft(issue, brand, document, mails, plan, findings, self.settings.preflight_issues)


def due_at(at: datetime, now: datetime, undo_seconds: int) -> datetime:
    """Return when an issue goes out that is scheduled now for `at`: in UTC, and after the seconds in which it can be undone.

    Raises InputError for a moment that is past, has no zone, or lies at the end of the calendar.
    """
    return max(_moment(at, now), now + timedelta(seconds=undo_seconds))


def _moment(at: datetime, now: datetime) -> datetime:
    if at.tzinfo is None:
        raise InputError("the time has no zone", where="at", remedy="write it like 2026-05-09T08:00+02:00 or ...Z")
    moment = in_utc(at, where="at")
    late = now - moment
    if late > GRACE:
        raise InputError(f"that was {_told(late)} ago: send now, or choose a time", where="at")
    return max(moment, now)


def _told(span: timedelta) -> str:
    """A span in its largest whole unit, as people say it."""
    minutes = int(span.total_seconds()) // 60
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count = minutes // length
        if count:
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "a moment"


def _refuse(
    session: Session, draft: _Draft, now: datetime, due: datetime, *, despite: Collection[str], by: Actor
) -> None:
    home = issues.publication_of(session, draft.issue)
    see_approved(session, draft.issue, home, by)
    outgoing = questions.OutgoingIssue(draft.issue, draft.document, home, draft.last)
    ask = partial(questions.ask, session, outgoing, day=day_of(due, home.time_zone), now=now)
    # counting who got the others takes a while, and writers wait for this transaction: only where it is going to be told
    if preflight.stops([*draft.findings, *ask(count=False)], despite):
        raise RefusedError(preflight.stops([*draft.findings, *ask()], despite), draft.issue.slug)


def _move(session: Session, draft: _Draft, due: datetime, now: datetime, by: Actor) -> None:
    issue = draft.issue
    if issue.state is IssueState.SCHEDULED:
        issues.move_as_seen(session, issue, IssueState.DRAFT, by=by, at=now, values=_UNFROZEN)
        issue = issues.by_id(session, issue.id, fresh=True)
    values = {"scheduled_at": due, "changed_at": now, "text_digest": text_digest(draft.document)}
    issues.move_as_seen(session, issue, IssueState.SCHEDULED, by=by, at=now, values=values)


def _freeze(session: Session, draft: _Draft, now: datetime) -> Edition:
    issue, document, rendering = draft.issue, draft.document, draft.renderings[TrackingForm.NONE]
    edition = editions.add(
        session,
        Edition(
            issue_id=issue.id,
            content=document.model_dump(mode="json"),
            subject=rendering.subject,
            html_octets=len(rendering.html.encode()),
            folded=rendering.folded,
            digest="",
            created_at=now,
            merge_fields=draft.merge_plan.stored(),
        ),
    )
    _compile(session, edition, draft.brand, draft.renderings)
    editions.add_links(session, link_rows(edition.id, document, rendering))
    editions.replace_listing(session, issue.id, section_rows(issue, document), item_rows(issue, document))
    return edition


def _compile(
    session: Session, edition: Edition, brand: Brand, renderings: Mapping[TrackingForm, EmailRendering]
) -> None:
    """Store the wire form of each tracking form; counted links get the edition's id, which exists by now."""
    before, after = (brand.aggregate_click_url(i, 0).removesuffix("0") for i in (_LONGEST_ID, edition.id))
    bodies, digest = [], hashlib.sha256()
    for form, rendering in renderings.items():
        body = build_body(rendering.text.replace(before, after), rendering.html.replace(before, after))
        digest.update(body.content)
        bodies.append(
            EditionBody(edition_id=edition.id, form=form.value, content_type=body.content_type, body=body.content)
        )
    editions.add_bodies(session, edition, bodies, digest.hexdigest())
