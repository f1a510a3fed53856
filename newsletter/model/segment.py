"""Segments: some of a publication's readers, chosen by typed rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId
from newsletter.model.texts import LINE

MOST_RULES = 50
"""Rules that one segment may hold, those within others counted too."""
MOST_DEEP = 5
_TEXT = Annotated[str, Field(min_length=1, max_length=100, pattern=LINE)]
_DAYS = Annotated[int, Field(ge=1, le=3660)]
_ID = Annotated[int, Field(ge=1, le=2**63 - 1)]
_DAY = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 12, 31))]
"""No reader joined before or after, and every one of these is a moment in every zone."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HasTag(_Rule):
    """Readers who bear a tag; `key` is its name without case."""

    rule: Literal["tag"] = "tag"
    key: _TEXT


class FieldIs(_Rule):
    """Readers whose field holds something: the same text without case, a beginning, a number or a day below or above, or anything at all."""

    rule: Literal["field"] = "field"
    key: _TEXT
    how: Literal["is", "begins", "below", "above", "known"] = "is"
    value: Annotated[str, Field(max_length=100, pattern=LINE)] = ""


class Joined(_Rule):
    """Readers who came on or after a day and before another, or within so many days."""

    rule: Literal["joined"] = "joined"
    since: _DAY | None = None
    before: _DAY | None = None
    days: _DAYS | None = None


class CameBy(_Rule):
    """Readers whose first record of consent says that they came so: by the form, perhaps that of one place, or with a list."""

    rule: Literal["came by"] = "came by"
    way: Literal["form", "import"]
    place: Annotated[str, Field(max_length=200, pattern=LINE)] = ""


class InLanguage(_Rule):
    """Readers who signed up in a language (BCP 47); empty: in the publication's own."""

    rule: Literal["language"] = "language"
    language: Annotated[str, Field(max_length=35, pattern=LINE)] = ""


class Got(_Rule):
    """Readers who got an issue."""

    rule: Literal["got"] = "got"
    issue_id: _ID


class Clicked(_Rule):
    """Readers who followed a link of an issue, of those who agreed to be told apart."""

    rule: Literal["clicked"] = "clicked"
    issue_id: _ID


class ReadSection(_Rule):
    """Readers who followed a link of an item in a section, by its slug, of any issue within so many days."""

    rule: Literal["section"] = "section"
    section: _TEXT
    days: _DAYS = 90


class AtDomain(_Rule):
    """Readers whose addresses lie at a domain."""

    rule: Literal["domain"] = "domain"
    domain: _TEXT


class BouncedLately(_Rule):
    """Readers whose mail came back within so many days."""

    rule: Literal["bounced"] = "bounced"
    days: _DAYS = 30


class AllOf(_Rule):
    """Readers whom all of these rules choose; of no rule, everybody."""

    rule: Literal["all"] = "all"
    of: tuple[SegmentRule, ...] = ()


class AnyOf(_Rule):
    """Readers whom one of these rules chooses; of no rule, nobody."""

    rule: Literal["any"] = "any"
    of: tuple[SegmentRule, ...] = ()


class NoneOf(_Rule):
    """Readers whom no one of these rules chooses."""

    rule: Literal["none"] = "none"
    of: tuple[SegmentRule, ...] = ()


SegmentRule: TypeAlias = Annotated[
    HasTag
    | FieldIs
    | Joined
    | CameBy
    | InLanguage
    | Got
    | Clicked
    | ReadSection
    | AtDomain
    | BouncedLately
    | AllOf
    | AnyOf
    | NoneOf,
    Field(discriminator="rule"),
]
for _kind in (AllOf, AnyOf, NoneOf):
    _kind.model_rebuild()


def rules_within(rule: SegmentRule) -> Iterator[SegmentRule]:
    """Give a rule and all rules within it."""
    yield rule
    if isinstance(rule, AllOf | AnyOf | NoneOf):
        for each in rule.of:
            yield from rules_within(each)


class ChosenAudience(_Rule):
    """Whom an issue goes to: the rule of a segment as it was when somebody chose it, with the name that it had."""

    segment_id: int
    name: str
    of: SegmentRule


class Segment(Base):
    """Some readers of a publication, by a name; `rule` is a SegmentRule. What a send used is frozen in its plan."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("publication_id", "name"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
