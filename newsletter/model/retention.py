"""What went because its days were over, in numbers; and what is left of old deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId, Word
from newsletter.model.states import DeliveryState


class RetentionRun(Base):
    """When a retention job last ran, and how much went: then, and in all."""

    __tablename__ = "retention_runs"

    job: Mapped[str] = mapped_column(String(30), primary_key=True)  # newsletter.service.retention.JOBS
    ran_at: Mapped[datetime]
    gone_last: Mapped[int] = mapped_column(BigId)
    gone: Mapped[int] = mapped_column(BigId)
    place: Mapped[int] = mapped_column(BigId)  # how far it is, for one that goes through rows in their order


class RollUp(Base):
    """That the single deliveries of an issue go, or went: what its report needs of them is kept here, and nobody is sent it any more."""

    __tablename__ = "roll_ups"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    last_batch_id: Mapped[int] = mapped_column(BigId)  # how far it is: its batches go in the order of their ids
    deliveries: Mapped[int] = mapped_column(BigId)  # that went
    refusals: Mapped[list[list[Any]]] = mapped_column(JSON)  # judged ones: code and status, reason, number


class OldDelivery(Base):
    """What is left of a delivery whose issue was rolled up: whose it was and what became of it, for links and bounces that come late."""

    __tablename__ = "old_deliveries"
    __table_args__ = (UniqueConstraint("issue_id", "subscriber_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # of the delivery: tokens name it
    issue_id: Mapped[int]
    subscriber_id: Mapped[int]
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
