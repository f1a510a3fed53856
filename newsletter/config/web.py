"""Settings of the web pages: where they are, and who may be believed about a visitor."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class WebSettings(BaseSettings):
    """Addresses and limits of the web server: part of `Settings`."""

    base_url: str = Field(
        "http://127.0.0.1:8025",
        description="Public address of the web pages, as it stands in links; no slash at the end.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8025, description="Port the web server listens on.")

    sign_ups_per_hour: Annotated[int, Field(ge=0)] = Field(
        500,
        description="Sign-ups by the forms of all publications that are answered by mail in an hour; more of them wait, and the editors are told; 0 means any number.",
    )

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")
