"""Settings of how fast mail goes, and of when an issue pauses by itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings

from newsletter.mail import receivers


class PaceSettings(BaseSettings):
    """Limits, a slow start, and the shares from which an issue pauses: part of `Settings`."""

    messages_per_second: Annotated[float, Field(ge=0)] = Field(
        0, description="Most messages a second over the way out, all workers together; 0 means as fast as the wire."
    )
    messages_per_day: Annotated[int, Field(ge=0)] = Field(
        0, description="Most messages over the way out on one day (UTC); 0 means no limit."
    )
    group_rates: str = Field(
        "",
        description="Most messages a second to each group of receivers, such as `gmail=20 yahoo=5`; a group not named is not limited.",
    )
    group_domains: str = Field(
        receivers.GROUP_DOMAINS,
        description="Which domains form a group of receivers; `yahoo.*` means under any country's ending; any other domain is in the group `other`.",
    )
    invitations_per_hour: Annotated[int, Field(ge=1, le=100_000)] = Field(
        500,
        description="Most mails in an hour, all publications together, that ask people of an imported list whether they want it (`newsletter subscriber ask`).",
    )
    warm_up_start: date | None = Field(
        None, description="First day (UTC) of a slow start for a new sender; empty means none."
    )
    warm_up_first: Annotated[int, Field(ge=1)] = Field(
        50, description="Messages allowed on the first day of a slow start, and on each day before it."
    )
    warm_up_growth: Annotated[float, Field(gt=1, le=10)] = Field(
        1.5, description="How many times the messages of the day before each further day of a slow start allows."
    )
    pause_after: Annotated[int, Field(ge=1)] = Field(
        200, description="An issue is not judged, and so not paused by itself, before so many messages were answered."
    )
    pause_permanent: Annotated[float, Field(gt=0, le=100)] = Field(
        5.0, description="Per cent of messages refused or returned for good above which an issue pauses."
    )
    pause_complaints: Annotated[float, Field(gt=0, le=100)] = Field(
        0.3, description="Per cent of complaints (two at least) from which an issue pauses."
    )
    pause_policy: Annotated[float, Field(gt=0, le=100)] = Field(
        2.0,
        description="Per cent of messages refused because of the sender (reputation, authentication, content) above which an issue pauses.",
    )

    @field_validator("group_rates", "group_domains")
    @classmethod
    def _readable(cls, value: str, info: ValidationInfo) -> str:
        read = receivers.rate_of_group if info.field_name == "group_rates" else receivers.domains_of_group
        read(value)
        return value

    @model_validator(mode="after")
    def _rates_of_known_groups(self) -> Self:
        unknown = set(self.rate_of_group) - set(self.domains_of_group) - {receivers.OTHER}
        if unknown:
            raise ValueError(f"GROUP_RATES names {', '.join(sorted(unknown))}, which GROUP_DOMAINS does not")
        return self

    @property
    def rate_of_group(self) -> dict[str, float]:
        """Messages a second by group of receivers."""
        return receivers.rate_of_group(self.group_rates)

    @property
    def domains_of_group(self) -> dict[str, list[str]]:
        """Domains, or `name.*`, by group of receivers."""
        return receivers.domains_of_group(self.group_domains)
