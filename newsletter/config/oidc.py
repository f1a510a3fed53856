"""Settings of single sign-on: the issuer that says who somebody is."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from newsletter.config.addresses import is_address


class OidcSettings(BaseSettings):
    """How editors sign in through an OpenID Connect issuer: part of `Settings`."""

    oidc_issuer: str = Field(
        "",
        description="Address of the OpenID Connect issuer by which editors may sign in, letter for letter as it names itself; needs `newsletter[oidc]`: docs/accounts.md; empty means none.",
    )
    oidc_client_id: str = Field("", description="Name of this service at the issuer.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        description="What proves to the issuer that this service asks, 16 characters at least; empty for a public client.",
    )
    oidc_name: Annotated[str, Field(max_length=40)] = Field(
        "single sign-on", description="What the button calls the issuer: `Sign in with ...`."
    )
    oidc_newcomers: Literal["", "publisher", "editor", "writer", "analyst"] = Field(
        "",
        description="Role on the whole service of whoever the issuer vouches for and nobody knows here; empty lets in only editors and those who are invited.",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _an_issuer(cls, value: str) -> str:
        usable = not value or is_address(value)
        if not usable or (parts := urlsplit(value)).query or parts.fragment or parts.username:
            raise ValueError("is no URL that begins with https:// (or http://, on a network of your own)")
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _plain(cls, value: str | SecretStr) -> str | SecretStr:
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not given.isascii() or not given.isprintable():
            raise ValueError("must be of letters, digits and signs of ASCII")
        return value

    @model_validator(mode="after")
    def _known_at_the_issuer(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("NEWSLETTER_OIDC_ISSUER and NEWSLETTER_OIDC_CLIENT_ID belong together: set both or none")
        return self
