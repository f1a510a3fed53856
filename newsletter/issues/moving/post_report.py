"""What became of the posts of a move, or would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from newsletter import csv_guard

ERROR_COLUMNS = ("product", "id", "file", "title", "date", "state", "reason", "told")
"""Of a CSV file of the posts that are no public issues, or of which something is not as it was."""


class PostFate(StrEnum):
    """What a post becomes."""

    ARCHIVED = "archived"
    DRAFT = "draft"
    SKIPPED = "skipped"
    FAILED = "failed"


class PostChange(StrEnum):
    """What is done about it."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"  # somebody changed or deleted the issue here


@dataclass(frozen=True, slots=True)
class ReportedPost:
    """One post: where it came from, what becomes of it, why it is no public issue, and what a person should know."""

    product: str
    foreign_id: str
    file: str
    title: str
    fate: PostFate
    change: PostChange | None = None
    slug: str = ""
    dated: date | None = None
    issue_id: int = 0
    why: str = ""
    addresses: Sequence[str] = ()
    told: Sequence[str] = ()

    def as_told(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        dated = self.dated.isoformat() if self.dated else None
        return asdict(self) | {"dated": dated, "addresses": list(self.addresses), "told": list(self.told)}


@dataclass
class PostsReport:
    """All posts of a move, and its pictures: taken in, left at their addresses, and failed with the reason."""

    posts: list[ReportedPost] = field(default_factory=list)
    pictures_taken: int = 0
    pictures_left: int = 0
    pictures_failed: dict[str, str] = field(default_factory=dict)

    @property
    def products(self) -> list[str]:
        """The products the posts come from."""
        return list(dict.fromkeys(each.product for each in self.posts))

    @property
    def fates(self) -> Counter[str]:
        """How many posts become what."""
        return Counter(each.fate.value for each in self.posts)

    @property
    def changes(self) -> Counter[str]:
        """How many issues are new, changed, as they were, or left alone."""
        return Counter(each.change.value for each in self.posts if each.change is not None)

    @property
    def reasons(self) -> Counter[str]:
        """How many posts are no public issues for which reason."""
        return Counter(each.why for each in self.posts if each.why)

    def counts(self) -> dict[str, Any]:
        """Return how many became what, and why, as JSON holds it."""
        return {
            "products": self.products,
            "found": len(self.posts),
            **{fate.value: self.fates[fate.value] for fate in PostFate},
            "changes": {change.value: self.changes[change.value] for change in PostChange},
            "reasons": dict(self.reasons.most_common()),
            "pictures": {
                "taken": self.pictures_taken,
                "left": self.pictures_left,
                "failed": self.pictures_failed,
            },
        }

    def told(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return self.counts() | {"posts": [each.as_told() for each in self.posts]}

    def error_lines(self) -> Iterator[str]:
        """Yield a CSV file of the posts that are no public issues, and of those that are not as they were; nothing where there are none."""
        rows = [
            (each.product, each.foreign_id, each.file, each.title, each.dated or "", each.fate, each.why, "; ".join(each.told))
            for each in self.posts
            if each.fate is not PostFate.ARCHIVED or each.told
        ]  # fmt: skip
        return csv_guard.lines(ERROR_COLUMNS, rows) if rows else iter(())
