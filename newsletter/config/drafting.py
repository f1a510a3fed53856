"""Settings of who proposes words for a draft: a language model behind an address that the operator names. None unless all is set."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from newsletter.config.addresses import is_address


class DraftingSettings(BaseSettings):
    """Who is asked for a lead and summaries, and for how many tokens: part of `Settings`."""

    drafting_url: SecretStr = Field(
        SecretStr(""),
        description="Address of a service that speaks OpenAI's `chat/completions`, such as `https://models.example/v1`, that proposes a lead and summaries when an editor asks for them: docs/drafting.md; empty means nobody does.",
    )
    drafting_model: Annotated[str, Field(max_length=200)] = Field(
        "", description="Name of the language model there; without one nothing is proposed."
    )
    drafting_key: SecretStr = Field(
        SecretStr(""), description="What proves to that service that we ask; empty for one that asks for nothing."
    )
    drafting_tokens_per_day: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        100_000, description="Most tokens of a language model on one day (UTC), all processes together; 0 means none."
    )
    drafting_seconds: Annotated[int, Field(ge=1, le=600)] = Field(
        30, description="Seconds in which a language model must have answered."
    )

    @field_validator("drafting_url")
    @classmethod
    def _asked_at(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not is_address(url):
            raise ValueError("is no URL that begins with https:// or http://")
        parts = urlsplit(url)
        if parts.username is not None or parts.fragment:
            raise ValueError("holds a user, a password or a fragment: the key has a setting of its own")
        return value

    @field_validator("drafting_model")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("holds a character that no name has")
        return value.strip()

    @field_validator("drafting_key")
    @classmethod
    def _in_a_header(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not key.isascii() or any(character <= " " or character == "\x7f" for character in key):
            raise ValueError("holds a character that no key has")  # it stands in a header
        return value
