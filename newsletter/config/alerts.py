"""Settings of the second way by which somebody is told when mail does not reach anybody."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from newsletter.config.addresses import is_address


class AlertSettings(BaseSettings):
    """Where alerts go besides the mail to the editors: part of `Settings`."""

    alert_url: SecretStr = Field(
        SecretStr(""),
        description="`https://...` (or `http://` on a network of your own) to which alerts are posted as JSON, besides the mail to the editors: docs/production.md; empty means none.",
    )
    alert_smtp_url: str = Field(
        "",
        description="Another way out, as in `SMTP_URL`, for alerts that the first one does not take; empty means none.",
    )

    @field_validator("alert_url")
    @classmethod
    def _posted_to(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not is_address(url):
            raise ValueError("is no URL that begins with https:// or http://")
        return value
