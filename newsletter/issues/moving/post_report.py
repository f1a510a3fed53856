"""What became of the posts of a move, or would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


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
