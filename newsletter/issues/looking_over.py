"""Look a stored issue over as if it were to go out: what preflight finds in it, and what would be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.issues import preflight, questions
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.rendering.renderer import Renderer
from newsletter.store import issues
from newsletter.store.database import Database
from newsletter.zones import day_of


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and how large the HTML of the mail is; `folded` items stand on the web only."""

    findings: list[preflight.Finding]
    html_octets: int
    folded: int


def look_over(
    database: Database,
    *,
    clock: Clock,
    renderer: Renderer,
    settings: Settings,
    publication: str,
    slug: str,
    at: datetime | None = None,
) -> Look:
    """Look an issue over for `at`, or where no time is chosen for its own date, or today if that is past. Raises NotFoundError."""
    now = clock.now()
    with database.read() as session:
        issue = issues.get(session, publication, slug)
        home = issues.publication_of(session, issue)
        document = Document.model_validate(issue.content)
        day = day_of(at, home.time_zone) if at else questions.day_of_draft(document, home, now)
        asked = questions.ask(session, issue, document, home, day=day, now=now)
    brand = brand_of(home, settings.base_url)
    rendering = renderer.email(document, brand, byte_budget=settings.byte_budget)
    findings = preflight.in_order([*preflight.check(document, brand, rendering), *asked])
    return Look(findings, len(rendering.html.encode()), rendering.folded)
