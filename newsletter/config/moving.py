"""Settings of moving in from another service."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class MovingSettings(BaseSettings):
    """What another service asks for, whose readers move in."""

    listmonk_token: SecretStr = Field(
        SecretStr(""),
        description="Token of listmonk's API, or the password of its user, for `newsletter move-in listmonk+https://USER@HOST`.",
    )

    @field_validator("listmonk_token")
    @classmethod
    def _of_one_line(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().isprintable():
            raise ValueError("holds a character that no token has")
        return value
