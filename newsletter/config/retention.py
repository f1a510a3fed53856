"""How long the service keeps what it need not keep for ever."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

Days = Annotated[int, Field(ge=0, le=36_500)]
LEAST_DELIVERY_DAYS = 30
"""Bounces and complaints come for two weeks or so, and an editor looks at a report for longer."""


class RetentionSettings(BaseSettings):
    """Days after which something goes, 0 for never: part of `Settings`."""

    unconfirmed_days: Days = Field(
        90,
        description="Days after which a subscription that was asked for and never confirmed is deleted, with its address; 0 keeps it for ever.",
    )
    raw_report_days: Days = Field(
        30,
        description="Days for which the bytes of bounces, complaints and webhooks are kept; what followed from them stays. 0 keeps them for ever.",
    )
    click_identity_days: Days = Field(
        400,
        description="Days after the end of an issue until its opens and clicks no longer say whose they were; all numbers stay. 0 is never.",
    )
    audit_days: Days = Field(
        400, description="Days for which the audit trail keeps who changed what; 0 keeps it for ever."
    )
    delivery_detail_days: Days = Field(
        0,
        description="Days after the end of an issue until the words of servers and single tries of its deliveries are deleted; 0 is never.",
    )
    delivery_days: Days = Field(
        0,
        description="Days after the end of an issue until its single deliveries go and only its figures stay, 30 at least; 0 is never.",
    )

    @field_validator("delivery_days")
    @classmethod
    def _long_enough(cls, days: int) -> int:
        if 0 < days < LEAST_DELIVERY_DAYS:
            raise ValueError(f"deliveries are kept for {LEAST_DELIVERY_DAYS} days at least: mail comes back that long")
        return days
