"""Issues and their frozen editions, and the items the archive lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word
from newsletter.model.states import IssueState


class Issue(Base):
    """What an editor writes. `source` is the Markdown as typed; `content` the Document read from it, as JSON."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("publication_id", "slug"),
        Index(None, "publication_id", "dated"),
        Index(None, "publication_id", "published_at"),
        Index(None, "publication_id", "state", "dated"),
        Index(None, "publication_id", "text_digest"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(300))
    dated: Mapped[date]
    state: Mapped[IssueState] = mapped_column(Word(IssueState), index=True)
    source: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=1)  # counts edits; an editor who saves over another's edit is told
    text_digest: Mapped[str | None] = mapped_column(String(64))  # of what readers read, once frozen; none: not known
    scheduled_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]  # for when it was scheduled before it was taken back: offered again
    published_at: Mapped[datetime | None]  # since when anybody may see it: its first message was about to go
    finished_at: Mapped[datetime | None]
    paused_why: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(
        String(250), default="", server_default=""
    )  # Actor.person, of this revision
    audience: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # model.segment.ChosenAudience; none: everyone
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class BinnedIssue(Base):
    """A draft, or an issue that moved in, that was deleted, as it stood in `issues`; there it is no more, so that nothing else can reach it.

    Its id stays the issue's, and its slug is free for another one.
    """

    __tablename__ = "binned_issues"
    __table_args__ = (Index(None, "publication_id", "slug"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(300))
    dated: Mapped[date]
    source: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int]
    written_by: Mapped[str] = mapped_column(String(250), default="", server_default="")
    audience: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    offered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]  # of one that moved in and was archived; none: a draft
    old_paths: Mapped[list[str]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )  # which led to it, and will again
    deleted_at: Mapped[datetime] = mapped_column(index=True)


class Approval(Base):
    """Somebody said that an issue may go out as it stands at one revision; a later one is not meant."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("issue_id", "revision", "person"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    revision: Mapped[int]
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    despite: Mapped[list[str]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )  # what the slot lets pass, as it was answered
    source: Mapped[str] = mapped_column(Text, default="", server_default="")  # the text as it was approved


class PreviewText(Base):
    """A text as typed and not stored, for the frame that shows what becomes of it; forgotten within a day."""

    __tablename__ = "preview_texts"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)  # a digest of the text
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)


class Edition(Base):
    """An issue frozen and compiled; what a delivery points at. Never changes once one does (law 3)."""

    __tablename__ = "editions"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject: Mapped[str] = mapped_column(String(300))
    html_octets: Mapped[int]
    folded: Mapped[int] = mapped_column(default=0)  # items that stand on the web only, to keep the byte budget
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the bodies
    created_at: Mapped[datetime]
    merge_fields: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # a MergePlan; None: no merge fields


class EditionBody(Base):
    """One compiled form of an edition (by tracking consent): a MIME body in wire form with `%%slot%%` marks."""

    __tablename__ = "edition_bodies"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    form: Mapped[str] = mapped_column(String(12), primary_key=True)  # none | aggregate | individual
    content_type: Mapped[str] = mapped_column(String(200))  # value of the Content-Type header that belongs to the body
    body: Mapped[bytes] = mapped_column(LargeBinary)


class EditionLink(Base):
    """Where link `number` of an edition leads; tracked mails carry only the number, so there is no open redirect."""

    __tablename__ = "edition_links"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)
    item_key: Mapped[str] = mapped_column(String(120), default="")
    paid: Mapped[bool] = mapped_column(default=False, server_default=false())  # a sponsor's


class IssueSection(Base):
    """A section of a published issue, even an empty one, so that its "All ..." page exists."""

    __tablename__ = "issue_sections"
    __table_args__ = (UniqueConstraint("issue_id", "slug"), Index(None, "publication_id", "slug"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    all_title: Mapped[str] = mapped_column(String(200), default="")


class IssueItem(Base):
    """An item of a published issue: one row for one permalink; "All papers" pages read these."""

    __tablename__ = "issue_items"
    __table_args__ = (
        UniqueConstraint("issue_id", "section_slug", "key"),
        Index(None, "publication_id", "section_slug", "dated", "id"),
        Index(None, "publication_id", "key"),
        Index(None, "publication_id", "digest"),
        Index(None, "publication_id", "address_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    section_slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(80), default="")
    dated: Mapped[date]
    digest: Mapped[str | None] = mapped_column(String(64))  # of what readers read of it; none: not known
    address_key: Mapped[str | None] = mapped_column(
        String(300)
    )  # newsletter.canonical_url.key_of its url, so that it is not offered again; none: not reckoned yet
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # the Item, as JSON
