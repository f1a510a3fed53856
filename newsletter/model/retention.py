"""What went because its days were over, in numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId


class RetentionRun(Base):
    """When a retention job last ran, and how much went: then, and in all."""

    __tablename__ = "retention_runs"

    job: Mapped[str] = mapped_column(String(30), primary_key=True)  # newsletter.service.retention.JOBS
    ran_at: Mapped[datetime]
    gone_last: Mapped[int] = mapped_column(BigId)
    gone: Mapped[int] = mapped_column(BigId)
    place: Mapped[int] = mapped_column(BigId)  # how far it is, for one that goes through rows in their order
