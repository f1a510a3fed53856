"""Look a stored issue over as if it were to go out: what preflight finds in it, and what would be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.issues import approving, preflight, questions
from newsletter.issues.preflight import Finding, Inspected
from newsletter.issues.preflight.asked import LIST_SIZE, RULE_OF
from newsletter.issues.preflight.finished_mail import SectionWeight, weights
from newsletter.issues.preflight.inbox_row import ROWS, seen
from newsletter.issues.questions import OutgoingIssue
from newsletter.issues.recurring import empty_pages, old_tables
from newsletter.model import Approval, Issue, Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.headlines import shown_subject
from newsletter.rendering.renderer import EmailRendering, Renderer
from newsletter.store.archive import published
from newsletter.store.audience import segments
from newsletter.store.database import Database
from newsletter.store.delivery import planning
from newsletter.store.delivery.planning import AudienceCount
from newsletter.store.issues import issues
from newsletter.zones import day_of

NO_LIMIT: Callable[[Session, date], int | None] = lambda _session, _day: None  # noqa: E731 - a value: who asks for none


LARGE, COUNT_SECONDS = 50_000, 60.0
"""From so many subscriptions on, an audience that was counted is shown for so long before it is counted anew."""


@dataclass(frozen=True, slots=True)
class IssueOverview:
    """What was found, how large the HTML of the mail is and what each section weighs; `folded` items stand on the web only."""

    findings: list[Finding]
    html_octets: int
    folded: int
    weights: list[SectionWeight]
    inbox: dict[str, str]
    """What an inbox shows of the subject, by the name of its row."""
    revision: int


@dataclass(frozen=True, slots=True)
class LastLook:
    """What is to be known before an issue goes out: how many readers it has, what is asked, and who approved it."""

    audience: AudienceCount
    asked: list[Finding]
    approvals: Sequence[Approval]


def rendered(
    written: Inspected, renderer: Renderer, byte_budget: int, around: Surroundings
) -> tuple[EmailRendering, list[Finding]]:
    """Render a document's mail without tracking and look it over: so it is shown, checked and frozen. Raises InputError.

    `around` is what the archive knows around it.
    """
    mail = renderer.email(written.document, written.brand, byte_budget=byte_budget, around=around)
    images = renderer.images_of(written.document, written.brand.slug)
    return mail, preflight.check(replace(written, mail=mail, images=images))


def around(database: Database, publication_id: int, document: Document) -> Surroundings:
    """Return what the archive knows around a document."""
    with database.read() as session:
        return published.surroundings(session, publication_id, document)


@dataclass(frozen=True)
class LookingOver:
    """The tools of looking over, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    settings: Settings
    messages_left: Callable[[Session, date], int | None] = NO_LIMIT
    """How many messages may still go on a day (UTC); None: as many as there are."""

    _audiences: dict[tuple[int, str], tuple[float, AudienceCount]] = field(default_factory=dict, init=False, repr=False)

    def before_sending(self, outgoing: OutgoingIssue, *, day: date, now: datetime) -> LastLook:
        """Look at what the ledger knows of an issue that would go out on `day`."""
        with self.database.read() as session:
            audience = self._counted(session, outgoing.issue, now)
            asked = [*self._asked(session, outgoing, day, now), *self._list_size(session, audience, day)]
            return LastLook(audience, preflight.in_order(asked), approving.given(session, outgoing.issue))

    def look_over(self, issue_id: int, at: datetime | None = None) -> IssueOverview:
        """Look an issue over for `at`, or where no time is chosen for its own date, or today if that is past. Raises NotFoundError."""
        now = self.clock.now()
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            home = issues.publication_of(session, issue)
            document = Document.model_validate(issue.content)
            day = day_of(at, home.time_zone) if at else questions.day_of_draft(document, home, now)
            outgoing = self.outgoing(issue, document, home)
            asked = list(self._asked(session, outgoing, day, now))
            asked += self._list_size(session, _count(session, issue, now), day)
            around = published.surroundings(session, home.id, document)
        brand, budget = brand_of(home, self.settings.base_url), self.settings.byte_budget
        written = Inspected(document, brand, None, issue.source, home.from_name)
        mail, found = rendered(written, self.renderer, budget, around)
        return IssueOverview(
            preflight.in_order([*found, *asked]),
            len(mail.html.encode()),
            mail.folded,
            weights(replace(written, mail=mail)),
            {row.name: seen(shown_subject(document), row.subject, row.type_size) for row in ROWS},
            issue.revision,
        )

    def outgoing(self, issue: Issue, document: Document, home: Publication) -> OutgoingIssue:
        """Return an issue as it is asked about."""
        return OutgoingIssue(issue, document, home, self.settings.preflight_issues)

    def _counted(self, session: Session, issue: Issue, now: datetime) -> AudienceCount:
        """Count the audience, or return what was counted within the minute where counting takes long; planning always counts anew."""
        key = (issue.publication_id, repr(issue.audience))
        known = self._audiences.get(key)
        if known is not None and known[0] >= self.clock.monotonic() - COUNT_SECONDS:
            return known[1]
        found = _count(session, issue, now)
        if found.candidates >= LARGE:
            self._audiences[key] = self.clock.monotonic(), found
        return found

    def _asked(self, session: Session, outgoing: OutgoingIssue, day: date, now: datetime) -> Iterator[Finding]:
        yield from questions.ask(session, outgoing, day=day, now=now)
        days = self.settings.preflight_table_days
        yield from old_tables(session, outgoing.issue, outgoing.document, days, outgoing.places)
        yield from empty_pages(session, outgoing.issue, outgoing.document, outgoing.places)

    def _list_size(self, session: Session, audience: AudienceCount, day: date) -> Iterator[Finding]:
        left = self.messages_left(session, day)
        if left is not None and audience.planned > left:
            readers = f"{audience.planned:,} reader{'' if audience.planned == 1 else 's'}"
            what = f"{readers} are to get it, and {left:,} messages may still go on {day}"
            remedy = "the rest goes on the days after; raise MESSAGES_PER_DAY or wait out the slow start"
            yield RULE_OF[LIST_SIZE].found(what, "audience", remedy)


def _count(session: Session, issue: Issue, now: datetime) -> AudienceCount:
    """Count the audience; of a segment that names what is gone, which is found beside, nobody."""
    if segments.gone_of(session, issue):
        return AudienceCount(0, 0, 0, 0)
    return planning.count_audience(session, issue, now)
