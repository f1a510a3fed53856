"""Settings of preflight: what is compared with other issues, and who scores a mail as spam."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from newsletter.config.addresses import is_address

SPAMASSASSIN = "spamassassin"
"""Names the command of SpamAssassin, where it is on the PATH."""


class PreflightSettings(BaseSettings):
    """What preflight compares and whom it asks: part of `Settings`."""

    preflight_issues: Annotated[int, Field(ge=0, le=100)] = Field(
        14, description="In how many of the last issues preflight looks for the items of a new one; 0 means none."
    )
    preflight_table_days: Annotated[int, Field(ge=0, le=3660)] = Field(
        7, description="Days after which preflight calls a table old that has not changed; 0 means never."
    )
    spam_scorer: str = Field(
        "",
        description="Who scores a mail as spam when preflight looks outside: `spamd://host:783`, `http://host:11333` (rspamd), or `spamassassin` on the PATH; empty means nobody.",
    )

    @field_validator("spam_scorer")
    @classmethod
    def _can_be_asked(cls, value: str) -> str:
        if value not in ("", SPAMASSASSIN) and not is_address(value, ("spamd", "http", "https")):
            raise ValueError("is neither spamd://HOST:PORT nor http://HOST:PORT nor spamassassin")
        return value
