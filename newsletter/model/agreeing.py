"""What people say of an issue before it goes out, the hour at which a publication sends by itself, and what became of that."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId


class SkipDay(Base):
    """A day on which a publication does not send by itself, with a word why."""

    __tablename__ = "skip_days"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(String(200))


class SlotTurn(Base):
    """What came of the slot of one day: who was warned, which issue it took, what was in the way."""

    __tablename__ = "slot_turns"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    warned: Mapped[int | None]  # the fewest minutes before the hour at which it was warned
    passed_at: Mapped[datetime | None]  # when it was told that the hour passed with nothing sent
    issue_id: Mapped[int | None] = mapped_column(BigId)  # what it took last
    taken_at: Mapped[datetime | None]  # and when: it takes the same again only by an approval that was given later
    trouble: Mapped[str] = mapped_column(Text, default="")  # why nothing could be taken, as it was told last


class Comment(Base):
    """What somebody says about a line of an issue; `quote` is the line as it stood, so that it is found where the text moves."""

    __tablename__ = "comments"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    issue_id: Mapped[int] = mapped_column(BigId, index=True)  # also while it lies in the bin
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    line: Mapped[int]  # from 1; 0: of the whole
    quote: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str] = mapped_column(String(200), default="")


class ApprovalRequest(Base):
    """Somebody asked for the approval of an issue as it stood at one revision."""

    __tablename__ = "approval_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")
    person: Mapped[str] = mapped_column(String(250))  # Actor.person
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class LaterPlan(Base):
    """The proof of one more send to those who joined since: candidates = planned + already + excluded, by reason."""

    __tablename__ = "later_plans"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    edition_id: Mapped[int] = mapped_column(BigId)
    candidates: Mapped[int]
    planned: Mapped[int]
    already: Mapped[int]  # subscriptions that have a delivery of the issue
    excluded_standing: Mapped[int]
    excluded_suppressed: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))  # who asked for it
    planned_at: Mapped[datetime]


class TestReader(Base):
    """An address to which test mails of a publication went, remembered."""

    __tablename__ = "test_readers"
    __test__ = False  # no test, whatever pytest takes its name for

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    used_at: Mapped[datetime]


class Rehearsal(Base):
    """An issue composed for every reader, of which a few messages go to whoever asked; the ledger of deliveries knows nothing of it."""

    __tablename__ = "rehearsals"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    address: Mapped[str] = mapped_column(String(320))
    sample: Mapped[int]
    person: Mapped[str] = mapped_column(String(250))
    name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    composed: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    least_octets: Mapped[int] = mapped_column(default=0)
    most_octets: Mapped[int] = mapped_column(default=0)
    sampled: Mapped[int] = mapped_column(default=0)
    octets: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(Text, default="")
