"""The ledger: batches, deliveries, attempts.

A batch is a contiguous range of delivery ids (and of subscriber ids, because planning orders by subscriber), so that a
page of work is two primary-key ranges. Nothing on `deliveries` but its keys is indexed, so that both updates a delivery
gets stay heap-only (HOT) on PostgreSQL; what is due is found through the few rows of `batches`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId, Word
from newsletter.model.states import BatchState, DeliveryState


class Batch(Base):
    """A contiguous range of one edition's deliveries: the unit a worker claims, under a lease with a fence."""

    __tablename__ = "batches"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    first_delivery_id: Mapped[int]
    last_delivery_id: Mapped[int]  # inclusive
    first_subscriber_id: Mapped[int]
    last_subscriber_id: Mapped[int]  # inclusive
    size: Mapped[int] = mapped_column(Integer)
    state: Mapped[BatchState] = mapped_column(Word(BatchState))
    due_at: Mapped[datetime]  # not rung before; also when a deferred delivery of it is to be tried again
    rung_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)  # grows with each claim; an old holder's writes no longer match
    claimed_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    holder: Mapped[str] = mapped_column(String(100), default="")  # see `newsletter.holder`
    # Answers in the session, counted here so that an issue is judged from few batches and not from many deliveries.
    answered: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))  # accepted, or refused for good
    refused: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    policy: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0")
    )  # of the refused: because of who sends


class Delivery(Base):
    """One edition for one subscriber: the row that says what became of it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("issue_id", "subscriber_id"),
        {"postgresql_with": {"fillfactor": 60}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # dealt out in blocks: see IdBlock
    issue_id: Mapped[int]
    edition_id: Mapped[int]
    subscriber_id: Mapped[int]
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    fence: Mapped[int] = mapped_column(Integer, default=0)  # of the claim that last moved it
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    code: Mapped[int | None] = mapped_column(SmallInteger)  # SMTP reply code or its like
    status: Mapped[str | None] = mapped_column(String(12))  # RFC 3463
    reply: Mapped[str | None] = mapped_column(Text)  # verbatim
    changed_at: Mapped[datetime]  # for an answer: the moment it was read, not that of our commit
    next_attempt_at: Mapped[datetime | None]


class DeliveryCount(Base):
    """How many deliveries of an issue stand so, kept beside the rows: see `newsletter.store.delivery.kept_counts`.

    A block is a range of delivery ids, so that those who write at the same time seldom wait for each other. What is queued or
    submitting has no row: it is what is left of the plan.
    """

    __tablename__ = "delivery_counts"

    issue_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    domain: Mapped[str] = mapped_column(String(255), primary_key=True)  # a CountedDomain's; empty for all others
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20), primary_key=True)  # code and status, "550 5.1.1", or empty
    count: Mapped[int] = mapped_column(BigId)


class CountedDomain(Base):
    """A domain whose deliveries are counted apart: one of the largest of an issue when it was planned."""

    __tablename__ = "counted_domains"

    issue_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    planned: Mapped[int] = mapped_column(BigId)


class Attempt(Base):
    """One try that did not go through, with the reply verbatim."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(12))  # deferred | refused | unknown
    code: Mapped[int | None] = mapped_column(SmallInteger)
    status: Mapped[str | None] = mapped_column(String(12))
    reply: Mapped[str] = mapped_column(Text)
    transport: Mapped[str] = mapped_column(String(20))


class PlanRecord(Base):
    """The proof of a plan: candidates = planned + excluded, by reason."""

    __tablename__ = "plan_records"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    candidates: Mapped[int]
    planned: Mapped[int]
    excluded_standing: Mapped[int]  # pending or unsubscribed
    excluded_suppressed: Mapped[int]
    planned_at: Mapped[datetime]
    audience: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as it was chosen; none: everyone
    aged_from: Mapped[datetime | None]  # since when a deferred delivery ages, if later: it was sent again, or held back


class IdBlock(Base):
    """The next free id of a thing whose ids are dealt out in contiguous blocks."""

    __tablename__ = "id_blocks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_id: Mapped[int]


class Lease(Base):
    """A named role only one process holds at a time (the scheduler)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]


class Heartbeat(Base):
    """The sign of life of a worker or scheduler, each few seconds, by the database's clock: see `newsletter.delivery.heartbeats`."""

    __tablename__ = "heartbeats"

    process: Mapped[str] = mapped_column(String(100), primary_key=True)  # see `newsletter.holder`
    role: Mapped[str] = mapped_column(String(20), primary_key=True)  # worker | scheduler; a process may be both
    version: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # it ended as it should
    last_batch_at: Mapped[datetime | None]  # when it last took or finished one
    batches: Mapped[int]  # that it finished since it began
    trouble: Mapped[str] = mapped_column(Text)  # why it lives and cannot work; empty when it can


class KnownKey(Base):
    """A DKIM key that mail of a domain is signed with somewhere: one selector names one key (RFC 6376 section 3.1), on all hosts."""

    __tablename__ = "known_keys"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    selector: Mapped[str] = mapped_column(String(80), primary_key=True)  # as published
    fingerprint: Mapped[str] = mapped_column(String(64))  # of the public half
    host: Mapped[str] = mapped_column(String(60))  # that has it
    noted_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # since when nobody may sign with it
