"""What comes back: raw reports as received, what followed from them, and the opens and clicks of readers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId, Word


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


class RawReport(Base):
    """A report exactly as it arrived, stored before anything of it is read."""

    __tablename__ = "raw_reports"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # SHA-256: the same bytes are kept once
    source: Mapped[str] = mapped_column(String(30))  # smtp, lmtp, imap, post, file, or the name of a provider
    sent_to: Mapped[str] = mapped_column(String(320), default="")  # of the envelope: with VERP it names the delivery
    content: Mapped[bytes] = mapped_column(LargeBinary)  # empty once it is older than the keeping time
    octets: Mapped[int] = mapped_column(Integer)
    state: Mapped[RawState] = mapped_column(Word(RawState))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]  # the scheduler rings again when it is still open after this
    error: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]


class AppliedReport(Base):
    """One report about one recipient, and what followed. `mark` is unique: the same report twice changes nothing."""

    __tablename__ = "applied_reports"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mark: Mapped[str] = mapped_column(String(120), unique=True)
    raw_report_id: Mapped[int | None] = mapped_column(ForeignKey("raw_reports.id", ondelete="SET NULL"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(index=True)
    notice_id: Mapped[int | None]
    issue_id: Mapped[int | None] = mapped_column(index=True)
    publication_id: Mapped[int | None]
    subscriber_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))  # newsletter.mail.report.Kind
    reason: Mapped[str] = mapped_column(String(20))  # newsletter.mail.report.Reason
    status: Mapped[str] = mapped_column(String(12), default="")  # RFC 3463
    code: Mapped[int] = mapped_column(SmallInteger, default=0)
    diagnostic: Mapped[str] = mapped_column(Text, default="")  # verbatim
    reported_by: Mapped[str] = mapped_column(String(255), default="")
    dialect: Mapped[str] = mapped_column(String(30), default="")
    blame: Mapped[Blame] = mapped_column(Word(Blame))
    weight: Mapped[float] = mapped_column(default=0.0)  # what it adds to the reader's score
    effect: Mapped[str] = mapped_column(String(20))  # newsletter.feedback.applying.Effect
    at: Mapped[datetime]  # when it reached us


class EventKind(StrEnum):
    """What a reader, or a machine in their name, did."""

    OPEN = "open"
    CLICK = "click"


class Event(Base):
    """One open or click. Without `delivery_id` it was counted without identity. Neither address nor IP is kept."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(Word(EventKind))
    edition_id: Mapped[int] = mapped_column(index=True)
    delivery_id: Mapped[int | None] = mapped_column(index=True)
    link: Mapped[int] = mapped_column(Integer, default=0)  # its number in the edition; 0 for an open
    score: Mapped[int] = mapped_column(SmallInteger, default=0)  # 0 surely a person, 100 surely a machine
    signs: Mapped[str] = mapped_column(String(120), default="")  # why, in words separated by commas


class EventCount(Base):
    """Opens and clicks that left no row each: beyond what is kept of one network or one message."""

    __tablename__ = "event_counts"

    edition_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(Word(EventKind), primary_key=True)
    link: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigId)


class EventFile(Base):
    """Up to which line an event journal's counts are in the ledger: a kill between commit and removal counts nothing twice."""

    __tablename__ = "event_files"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    lines: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class Tally(Base):
    """How often something happened that leaves no other row."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    changed_at: Mapped[datetime]
