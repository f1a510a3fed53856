"""What comes back: raw reports as received, what followed from them, and the opens and clicks of readers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId, Word

MACHINE = 50
"""Score of an open or a click from which on it is shown as a machine's (`newsletter.feedback.bot_detection`)."""


class RawState(StrEnum):
    """Where a raw report stands."""

    UNREAD = "unread"
    WAITING = "waiting"  # read, but it speaks of a delivery whose outcome is not in the ledger yet
    READ = "read"
    SET_ASIDE = "set-aside"  # could not be read; `error` says why
    DROPPED = "dropped"  # nothing follows from it: a signature that is not ours, or someone looked and let it be


OPEN_RAW_STATES = (RawState.UNREAD, RawState.WAITING)
"""States in which there is still something to do."""


class Blame(StrEnum):
    """Against whom a report counts."""

    READER = "reader"  # the address
    SENDER = "sender"  # the publication or our domain: policy, reputation, content (law 9)
    NOBODY = "nobody"


class RawContent(Base):
    """The bytes of reports, once however many addresses they came to. Gone when they are older than the keeping time."""

    __tablename__ = "raw_contents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of the bytes
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)  # the last time they came


_NAMED = text("sent_to <> ''")


class RawReport(Base):
    """A report exactly as it arrived, stored before anything of it is read: what bytes, and to which address."""

    __tablename__ = "raw_reports"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index("ix_raw_reports_named", "received_at", postgresql_where=_NAMED, sqlite_where=_NAMED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256 of address and bytes: once each
    source: Mapped[str] = mapped_column(String(30))  # newsletter.feedback.intake.Source, or a provider's webhook
    sent_to: Mapped[str] = mapped_column(String(320), default="")  # of the envelope: with VERP it names the delivery
    content_id: Mapped[int | None] = mapped_column(ForeignKey("raw_contents.id", ondelete="SET NULL"), index=True)
    octets: Mapped[int] = mapped_column(Integer)
    state: Mapped[RawState] = mapped_column(Word(RawState))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]  # the scheduler rings again when it is still open after this
    error: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]


class AppliedReport(Base):
    """One report about one recipient, and what followed. `mark` is unique: the same report twice changes nothing."""

    __tablename__ = "applied_reports"
    __table_args__ = (
        # what a report of an issue groups by, so that it reads the index alone
        Index("ix_applied_reports_of_issue", "issue_id", "kind", "reason", "blame"),
        Index("ix_applied_reports_of_delivery", "delivery_id", "dialect", "reason"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mark: Mapped[str] = mapped_column(String(120), unique=True)
    raw_report_id: Mapped[int | None] = mapped_column(ForeignKey("raw_reports.id", ondelete="SET NULL"), index=True)
    delivery_id: Mapped[int | None]
    notice_id: Mapped[int | None]
    issue_id: Mapped[int | None]
    publication_id: Mapped[int | None]
    subscriber_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))  # newsletter.mail.report.ReportKind
    reason: Mapped[str] = mapped_column(String(20))  # newsletter.mail.report.Reason
    status: Mapped[str] = mapped_column(String(12), default="")  # RFC 3463
    code: Mapped[int] = mapped_column(SmallInteger, default=0)
    diagnostic: Mapped[str] = mapped_column(Text, default="")  # verbatim
    reported_by: Mapped[str] = mapped_column(String(255), default="")
    dialect: Mapped[str] = mapped_column(String(30), default="")
    blame: Mapped[Blame] = mapped_column(Word(Blame))
    weight: Mapped[float] = mapped_column(default=0.0)  # what it adds to the reader's score
    effect: Mapped[str] = mapped_column(String(20))  # newsletter.feedback.consequences.Effect
    proven: Mapped[bool] = mapped_column(default=True, server_default=true())  # newsletter.feedback.consequences.Proof
    at: Mapped[datetime] = mapped_column(index=True)  # when it reached us


class EventKind(StrEnum):
    """What a reader, or a machine in their name, did."""

    OPEN = "open"
    CLICK = "click"
    READ = "read"  # an issue's page on the web was asked for


class Answer(StrEnum):
    """What a reader, or a machine in their name, answers to the question of an issue."""

    UP = "up"
    DOWN = "down"


class Vote(Base):
    """One answer to the question of an issue. Whose it is cannot be told from the row: only who has the link of the mail can find it."""

    __tablename__ = "votes"

    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of the mail's token: one each
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    answer: Mapped[Answer] = mapped_column(Word(Answer))
    at: Mapped[datetime]
    score: Mapped[int] = mapped_column(SmallInteger, default=0)  # as of an Event
    signs: Mapped[str] = mapped_column(String(120), default="")


class Event(Base):
    """One open or click. Without `delivery_id` it was counted without identity. Neither address nor IP is kept."""

    __tablename__ = "events"
    # all that a report counts, in the order in which it groups
    __table_args__ = (
        Index("ix_events_counted", "edition_id", "delivery_id", "kind", "score", "link"),
        # Who followed the few links of a section among all of an issue's.
        Index("ix_events_followed", "edition_id", "link", "at", "kind", "score", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(Word(EventKind))
    edition_id: Mapped[int]
    delivery_id: Mapped[int | None] = mapped_column(index=True)
    link: Mapped[int] = mapped_column(Integer, default=0)  # its number in the edition; 0 for an open
    score: Mapped[int] = mapped_column(SmallInteger, default=0)  # 0 surely a person, 100 surely a machine
    signs: Mapped[str] = mapped_column(String(120), default="")  # why, in words separated by commas


class UnprovenDay(Base):
    """How many reports came on a day (UTC) that nothing proves, and whether the editors were told of them."""

    __tablename__ = "unproven_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reports: Mapped[int]
    told: Mapped[bool] = mapped_column(default=False)


class UsedToken(Base):
    """Something that counts once: which call or report came with it first. Kept until it would be refused as too old."""

    __tablename__ = "used_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of what it is good for, and it
    came_with: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256
    expires_at: Mapped[datetime] = mapped_column(index=True)


class EventCount(Base):
    """Opens and clicks that left no row each: beyond what is kept of one network or one message."""

    __tablename__ = "event_counts"

    edition_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(Word(EventKind), primary_key=True)
    link: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigId)


class IssueFigures(Base):
    """What became of an issue, counted now and then by the scheduler while it is young: pages compare issues by these."""

    __tablename__ = "issue_figures"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    planned: Mapped[int] = mapped_column(BigId)
    accepted: Mapped[int] = mapped_column(BigId)
    bounced: Mapped[int] = mapped_column(BigId)  # refused, or returned later
    people: Mapped[int] = mapped_column(BigId)  # clicks of persons
    machines: Mapped[int] = mapped_column(BigId)
    unsubscribes: Mapped[int] = mapped_column(BigId)
    complaints: Mapped[int] = mapped_column(BigId)
    counted_at: Mapped[datetime]


class GrowthDay(Base):
    """How many readers of a publication came or went on a day of UTC, by how: counted by the scheduler when the day is over, and before."""

    __tablename__ = "growth_days"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    source: Mapped[str] = mapped_column(
        String(60), primary_key=True
    )  # newsletter.store.feedback.figures.SOURCES, or FORM and the word of a form
    count: Mapped[int] = mapped_column(BigId)


class EventFile(Base):
    """Up to which line an event journal's counts are in the ledger: a kill between commit and removal counts nothing twice."""

    __tablename__ = "event_files"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    lines: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class UnknownEvent(Base):
    """An event of a provider that this release does not know, by the name the provider gives it."""

    __tablename__ = "unknown_events"

    provider: Mapped[str] = mapped_column(String(30), primary_key=True)
    event: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
    raw_report_id: Mapped[int]  # the last one that held it: its bytes are kept as long as those of any report
    at: Mapped[datetime]  # the last time
    told: Mapped[bool] = mapped_column(default=False)  # whether the editors were written to


class Tally(Base):
    """How often something happened that leaves no other row."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    changed_at: Mapped[datetime]
