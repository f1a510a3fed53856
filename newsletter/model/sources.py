"""Sources of a publication, what they offered, and how it was gathered: the rows from which an issue assembles itself."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy import text as literal
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word
from newsletter.model.states import CandidateState, SourceState

KEY_CHARS = 300
"""Longest natural key of a candidate: `newsletter.canonical_url.key_of` makes none longer."""


class SourceKind(StrEnum):
    """What a source answers with, and so which reader reads it: `newsletter/sources/kinds/`."""

    FEED = "feed"
    ARXIV = "arxiv"
    HF_PAPERS = "hf-papers"
    HACKER_NEWS = "hacker-news"
    GITHUB = "github"
    TABLE = "table"


class GatherResult(StrEnum):
    """What came of asking one source; the words beside it say how many, until when, or why."""

    NEW = "new"  # it answered, and was read; how many were new is counted
    UNCHANGED = "unchanged"  # 304, or the same octets
    SLOW = "slow"  # no whole answer within its seconds, or reading took too long
    REFUSED = "refused"  # 4xx or 5xx, no connection, a private address, too large
    BROKEN = "broken"  # an answer that is not what the kind reads, or only in part
    MOVED = "moved"  # read, and every hop was permanent: the new address is proposed
    GONE = "gone"  # 410
    LIMITED = "limited"  # 429, 503 or the service's own words: until a moment
    UNFIT = "unfit"  # the mapping fits no row
    LEFT = "left"  # the time of the run was over before its turn; it comes first next time


class Source(Base):
    """One address that a publication is filled from, or a file that an editor uploads (then `address` is empty)."""

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("publication_id", "name"),
        Index(None, "publication_id", "id"),
        Index(None, "state", "next_at"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(String(80))  # slug of the section that it fills
    kind: Mapped[SourceKind] = mapped_column(Word(SourceKind))
    name: Mapped[str] = mapped_column(String(200))  # as items name it: `source=`
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as newsletter.sources.mapping
    header: Mapped[str] = mapped_column(String(100), default="", server_default="")  # such as x-api-key
    secret: Mapped[str] = mapped_column(String(80), default="", server_default="")  # name of what the header carries
    plain_http: Mapped[bool] = mapped_column(default=False, server_default=false())  # `http:` by wish
    weight: Mapped[int] = mapped_column(default=3, server_default="3")  # 0 to 10
    most: Mapped[int] = mapped_column(default=50, server_default="50")  # candidates taken of one answer
    keep_days: Mapped[int] = mapped_column(default=7, server_default="7")  # older ones are no news
    every_minutes: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # 0: at the publication's hour of gathering
    wished: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=literal("'[]'"))  # categories, topics
    state: Mapped[SourceState] = mapped_column(Word(SourceState), default=SourceState.ACTIVE)
    etag: Mapped[str] = mapped_column(Text, default="", server_default="")
    last_modified: Mapped[str] = mapped_column(String(200), default="", server_default="")
    validators_of: Mapped[str] = mapped_column(
        Text, default="", server_default=""
    )  # the address whose answer had the body
    validators_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")  # SHA-256 of the body last read
    next_at: Mapped[datetime | None]  # not before this moment; none: whenever its publication gathers
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # in a row
    last_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    last_result: Mapped[GatherResult | None] = mapped_column(Word(GatherResult))
    last_words: Mapped[str] = mapped_column(Text, default="", server_default="")
    proposed_address: Mapped[str] = mapped_column(Text, default="", server_default="")
    proposed_runs: Mapped[int] = mapped_column(default=0, server_default="0")  # runs in a row that agree on it
    told_at: Mapped[datetime | None]  # when the editors were told that it rests
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(250), default="", server_default="")  # Actor.person


class Candidate(Base):
    """What might stand in an issue. One row for one thing in one section, however many sources offer it."""

    __tablename__ = "candidates"
    __table_args__ = (
        UniqueConstraint("publication_id", "section", "key"),
        Index("ix_candidates_in_section", "publication_id", "state", "section", "rank_sum", "id"),
        Index("ix_candidates_in_all", "publication_id", "state", "rank_sum", "id"),
        Index(None, "publication_id", "last_seen"),
        Index(None, "issue_id"),
        Index(None, "cluster"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(String(80))
    source_id: Mapped[int | None] = mapped_column(
        ForeignKey("sources.id", ondelete="SET NULL"), index=True
    )  # that offered it first, and names it
    key: Mapped[str] = mapped_column(String(KEY_CHARS))
    canonical_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="", server_default="")
    text: Mapped[str] = mapped_column(Text, default="", server_default="")  # Markdown, cleaned
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=literal("'{}'"))
    published: Mapped[datetime | None]
    published_is_seen: Mapped[bool] = mapped_column(default=False, server_default=false())  # none was told, or a later
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    points: Mapped[int | None]
    sightings: Mapped[int] = mapped_column(default=1, server_default="1")  # sources that offer it; see `is_joined`
    rank_sum: Mapped[float] = mapped_column(default=0.0, server_default="0")
    rank_parts: Mapped[list[Any]] = mapped_column(
        JSON, default=list, server_default=literal("'[]'")
    )  # [name, value] each, that add up to it
    cluster: Mapped[int | None]  # id of the oldest candidate that says much the same; its own id where it is that one
    state: Mapped[CandidateState] = mapped_column(Word(CandidateState), default=CandidateState.NEW)
    issue_id: Mapped[int | None] = mapped_column(
        ForeignKey("issues.id", ondelete="SET NULL")
    )  # the draft it stands in, or the issue that used it

    @hybrid_property
    def is_joined(self) -> bool:
        """Whether an editor joined it into another one, which its `cluster` names and which has its sightings: it has none left."""
        return self.sightings == 0


class Sighting(Base):
    """One source offers one thing: its words there, and the candidate it was joined to. So every join can be undone."""

    __tablename__ = "sightings"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index(None, "candidate_id"),
        Index(None, "source_id", "guid"),
        Index(None, "source_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(KEY_CHARS))
    guid: Mapped[str] = mapped_column(String(KEY_CHARS), default="", server_default="")
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="", server_default="")
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=literal("'{}'"))
    published: Mapped[datetime | None]
    points: Mapped[int | None]
    first_seen: Mapped[datetime]
    seen_at: Mapped[datetime]
    apart: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # an editor took it out of its candidate: it is not joined by address again


class Snapshot(Base):
    """What a source that counts said on one day: rows of a board, or stars of repositories by their number."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("source_id", "day"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    day: Mapped[date]  # of the publication
    rows: Mapped[Any] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]
    held: Mapped[str] = mapped_column(
        Text, default="", server_default=""
    )  # why an editor should look before it is shown


class Gathering(Base):
    """A run over the sources of a publication that were due."""

    __tablename__ = "gatherings"
    __table_args__ = (Index(None, "publication_id", "id"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(default=0, server_default="0")  # sources
    answered: Mapped[int] = mapped_column(default=0, server_default="0")  # of which so many gave what could be read
    new: Mapped[int] = mapped_column(default=0, server_default="0")  # candidates
    by: Mapped[str] = mapped_column(String(250), default="", server_default="")  # Actor.person; empty: the clock


class GatheringLine(Base):
    """What came of one source in one run."""

    __tablename__ = "gathering_lines"
    __table_args__ = (UniqueConstraint("gathering_id", "source_id"), Index(None, "source_id", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    gathering_id: Mapped[int] = mapped_column(ForeignKey("gatherings.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    result: Mapped[GatherResult] = mapped_column(Word(GatherResult))
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    new: Mapped[int] = mapped_column(default=0, server_default="0")
    milliseconds: Mapped[int] = mapped_column(default=0, server_default="0")
    octets: Mapped[int] = mapped_column(default=0, server_default="0")
