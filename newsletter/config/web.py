"""Settings of the web pages: where they are, and who may be believed about a visitor."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from newsletter.networks import Network, read_networks

_LEAST_TOKEN = 16


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
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of the proxies before the web server, with commas or spaces between: only what they say in `X-Forwarded-For` and `X-Forwarded-Proto` is believed.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token of `/metrics`, 16 characters at least; empty means that only a program on this machine may ask, not through a proxy.",
    )

    require_second_factor: bool = Field(
        False,
        description="Editors without an authenticator or a passkey are led to setting one up, and to nothing else at the desk.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str) -> str:
        read_networks(value)
        return value

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < _LEAST_TOKEN:
            raise ValueError(f"must have at least {_LEAST_TOKEN} characters")
        return value

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        try:
            _host_of(value)
        except ValueError:
            raise ValueError("must have a name, and a port if any, as a browser takes them") from None
        return value.rstrip("/")

    @property
    def public_host(self) -> str:
        """Name and port of `BASE_URL` as browsers write them in `Host` and `Origin`."""
        return _host_of(self.base_url)

    @property
    def is_local(self) -> bool:
        """Whether links lead to this machine."""
        return urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of the trusted proxies."""
        return read_networks(self.trusted_proxies)


def _host_of(url: str) -> str:
    """Return the name in A-labels, and the port unless it goes without saying (RFC 6454 section 6.2). Raises ValueError."""
    parsed = urlsplit(url)
    name, usual = parsed.hostname or "", {"http": 80, "https": 443}[parsed.scheme]
    if not name:
        raise ValueError(url)
    shown = f"[{name}]" if ":" in name else name if name.isascii() else name.encode("idna").decode()
    return shown if parsed.port in {None, usual} else f"{shown}:{parsed.port}"
