"""Freeze an issue into an Edition and say when it goes out; take that back while nothing was sent.

An Edition never changes once a Delivery points at it (law 3): nothing here updates an old one. Scheduling again after an
undo freezes another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock, in_utc
from newsletter.config import Settings
from newsletter.errors import InputError
from newsletter.issues import preflight
from newsletter.issues.listing import item_rows, link_rows, section_rows
from newsletter.mail.body import build_body
from newsletter.model import Edition, EditionBody, Issue
from newsletter.model.brand import Brand, brand_of
from newsletter.model.document import Document
from newsletter.model.states import IssueState, check_issue_move
from newsletter.rendering.renderer import EmailRendering, Renderer, TrackingForm
from newsletter.store import editions, issues
from newsletter.store.database import Database

log = structlog.get_logger(__name__)

FORMS = (TrackingForm.NONE, TrackingForm.AGGREGATE, TrackingForm.INDIVIDUAL)
"""The forms every edition is compiled in; the first one is what preflight looks at."""
GRACE = timedelta(minutes=5)
"""How long past a moment may be and still mean now: somebody typed it, looked once more, and pressed."""
UNNAMED = "unnamed"
"""Stands in the log for whoever did not say who they are."""
_LONGEST_ID = 9_999_999_999
"""Stands for the edition's id until it has one: never shorter, so that the byte budget holds."""


def schedule(
    database: Database,
    *,
    clock: Clock,
    renderer: Renderer,
    settings: Settings,
    publication: str,
    slug: str,
    at: datetime,
    despite: Collection[str] = (),
    by: str = UNNAMED,
) -> Edition:
    """Freeze a draft and schedule it for `at` (with a time zone; less than GRACE past means now); return the edition.

    It goes out no sooner than the settings' `undo_seconds` from now: so long at least it can be undone.

    Raises NotFoundError; ConflictError when the issue is no draft or someone changed it meanwhile; InputError when
    the moment is past or preflight finds an error. In each case nothing is stored. `despite` names rules to let pass.
    """
    due = _moment(at, clock.now())
    with database.read() as session:
        issue = issues.get(session, publication, slug)
        brand = brand_of(issues.publication_of(session, issue), settings.base_url)
    check_issue_move(issue.state, IssueState.SCHEDULED)
    document = Document.model_validate(issue.content)
    renderings = {
        form: renderer.email(document, brand, byte_budget=settings.byte_budget, form=form, edition_id=_LONGEST_ID)
        for form in FORMS
    }
    rendering = renderings[FORMS[0]]
    _refuse_errors(preflight.check(document, brand, rendering), slug, despite)
    with database.write() as session:
        now = clock.now()
        # kept in the row, so that no other process, with other settings, can shorten what was promised here
        due = max(due, now + timedelta(seconds=settings.undo_seconds))
        issues.move(session, issue, IssueState.SCHEDULED, {"scheduled_at": due, "changed_at": now})
        edition = _freeze(session, issue, document, rendering, now)
        _compile(session, edition, brand, renderings)
        editions.add_links(session, link_rows(edition.id, document, rendering.links))
        editions.replace_listing(session, issue.id, section_rows(issue, document), item_rows(issue, document))
    log.info("issue scheduled", issue_id=issue.id, edition_id=edition.id, due=due.isoformat(), by=by)
    return edition


def undo(database: Database, *, clock: Clock, publication: str, slug: str, by: str = UNNAMED) -> None:
    """Make a scheduled issue a draft again. Raises NotFoundError; ConflictError once its sending has begun."""
    with database.write() as session:
        issue = issues.get(session, publication, slug)
        issues.move(session, issue, IssueState.DRAFT, {"scheduled_at": None, "changed_at": clock.now()})
    log.info("issue taken back", issue_id=issue.id, by=by)


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


def _refuse_errors(findings: list[preflight.Finding], slug: str, despite: Collection[str]) -> None:
    found = preflight.errors(findings, despite)
    if found:
        what = "; ".join(f"{finding.where}: {finding.what}" if finding.rule else finding.what for finding in found)
        remedies = dict.fromkeys(finding.remedy for finding in found)
        passes = dict.fromkeys(f"--despite {finding.rule}" for finding in found if finding.rule)
        meant = [f"by command: {' '.join(passes)}"] if passes else []
        raise InputError(f"not fit to be sent: {what}", where=slug, remedy="; ".join([*remedies, *meant]))


def _freeze(session: Session, issue: Issue, document: Document, rendering: EmailRendering, now: datetime) -> Edition:
    edition = Edition(
        issue_id=issue.id,
        content=document.model_dump(mode="json"),
        subject=rendering.subject,
        html_octets=len(rendering.html.encode()),
        folded=rendering.folded,
        digest="",
        created_at=now,
    )
    return editions.add(session, edition)


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
