"""Look a stored issue over as if it were to go out: what preflight finds in it, and what would be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.issues import approving, preflight, questions
from newsletter.issues.questions import Candidate
from newsletter.model import Approval
from newsletter.model.brand import Brand, brand_of
from newsletter.model.document import Document
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.renderer import EmailRendering, Renderer
from newsletter.store.archive import published
from newsletter.store.database import Database
from newsletter.store.delivery import planning
from newsletter.store.delivery.planning import AudienceCount
from newsletter.store.issues import issues
from newsletter.zones import day_of


@dataclass(frozen=True, slots=True)
class IssueOverview:
    """What was found, and how large the HTML of the mail is; `folded` items stand on the web only."""

    findings: list[preflight.Finding]
    html_octets: int
    folded: int


@dataclass(frozen=True, slots=True)
class LastLook:
    """What is to be known before an issue goes out: how many readers it has, what is asked, and who approved it."""

    audience: AudienceCount
    asked: list[preflight.Finding]
    approvals: Sequence[Approval]


def rendered(
    document: Document, brand: Brand, renderer: Renderer, byte_budget: int, around: Surroundings
) -> tuple[EmailRendering, list[preflight.Finding]]:
    """Render a document's mail without tracking and look it over: so it is shown, checked and frozen. Raises InputError."""
    mail = renderer.email(document, brand, byte_budget=byte_budget, around=around)
    return mail, preflight.check(document, brand, mail, renderer.images_of(document, brand.slug))


@dataclass(frozen=True)
class LookingOver:
    """The tools of looking over, put together once per process."""

    database: Database
    clock: Clock
    renderer: Renderer
    settings: Settings

    def before_sending(self, candidate: Candidate, *, day: date, now: datetime) -> LastLook:
        """Look at what the ledger knows of an issue that would go out on `day`."""
        with self.database.read() as session:
            audience = planning.count_audience(session, candidate.home.id, now)
            asked = questions.ask(session, candidate, day=day, now=now)
            return LastLook(audience, asked, approving.given(session, candidate.issue))

    def look_over(self, issue_id: int, at: datetime | None = None) -> IssueOverview:
        """Look an issue over for `at`, or where no time is chosen for its own date, or today if that is past. Raises NotFoundError."""
        now = self.clock.now()
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            home = issues.publication_of(session, issue)
            document = Document.model_validate(issue.content)
            day = day_of(at, home.time_zone) if at else questions.day_of_draft(document, home, now)
            asked = questions.ask(session, Candidate(issue, document, home), day=day, now=now)
            around = published.surroundings(session, home.id, document)
        brand = brand_of(home, self.settings.base_url)
        rendering, found = rendered(document, brand, self.renderer, self.settings.byte_budget, around)
        return IssueOverview(preflight.in_order([*found, *asked]), len(rendering.html.encode()), rendering.folded)


def around(database: Database, publication_id: int, document: Document) -> Surroundings:
    """Return what the archive knows around a document."""
    with database.read() as session:
        return published.surroundings(session, publication_id, document)
