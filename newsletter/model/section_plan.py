"""How a publication's sections are filled from its sources: which there are, in what order, and how many items each mails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from newsletter.model.document import SectionKind
from newsletter.model.texts import Label, SectionSlug, ShortTitle

MOST_SECTIONS = 40


class SectionPlan(BaseModel):
    """One section of every issue that assembles itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: SectionSlug
    title: ShortTitle
    kind: SectionKind = SectionKind.LINKS
    all_title: Label = ""
    """Words of the link to its page in the archive; empty: none."""
    mailed: int = Field(default=8, ge=0, le=100)
    """So many items are mailed, the best first; of a table so many rows."""
    kept: int = Field(default=50, ge=0, le=500)
    """So many more are kept for the section's page alone."""
    drops_empty: bool = False
    """Whether the section is left out of an issue that has nothing for it; else its heading stands with the link."""


USUAL_PLAN = (
    SectionPlan(slug="labs", title="AI Labs", all_title="All labs", mailed=8),
    SectionPlan(slug="wire", title="From the Wire", all_title="All feeds", mailed=12),
    SectionPlan(
        slug="papers", title="Research Papers", kind=SectionKind.PAPERS, all_title="All papers", mailed=6, kept=200
    ),
    SectionPlan(
        slug="benchmarks", title="Benchmarks", kind=SectionKind.TABLES, all_title="Full tables", mailed=5, kept=0
    ),
    SectionPlan(
        slug="repositories",
        title="Trending",
        kind=SectionKind.REPOSITORIES,
        all_title="All repositories",
        mailed=8,
        kept=0,
    ),
)
"""What a publication begins with when its first source is added.

No more repositories are kept than are mailed: those that nobody was told of today may be tomorrow, when it is known how many stars they got.
"""


def read_plan(stored: Iterable[dict[str, Any]]) -> tuple[SectionPlan, ...]:
    """Return the sections as a publication's row keeps them, or the usual ones where it keeps none."""
    return tuple(SectionPlan.model_validate(each) for each in stored) or USUAL_PLAN
