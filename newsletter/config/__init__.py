"""Settings: environment, `.env`, or a TOML file named by `NEWSLETTER_CONFIG`; prefix `NEWSLETTER_`.

The environment wins over `.env`, which wins over the TOML file. Each secret may instead be read from a file: `NEWSLETTER_<NAME>_FILE`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from newsletter.config.alerts import AlertSettings
from newsletter.config.drafting import DraftingSettings
from newsletter.config.guessable import is_guessable, passwords_of
from newsletter.config.images import ImageSettings
from newsletter.config.inbound import InboundSettings
from newsletter.config.keys import KeySettings
from newsletter.config.misspelt import unknown_names
from newsletter.config.moving import MovingSettings
from newsletter.config.oidc import OidcSettings
from newsletter.config.pace import PaceSettings
from newsletter.config.preflight import PreflightSettings
from newsletter.config.retention import RetentionSettings
from newsletter.config.sources import SourceSettings
from newsletter.config.web import WebSettings
from newsletter.errors import InputError

PREFIX = "NEWSLETTER_"
SECRETS: tuple[str, ...] = (
    "secret_key",
    "previous_secret_keys",
    "signing_keys",
    "database_url",
    "redis_url",
    "smtp_url",
)
SECRETS += ("webhook_secrets", "imap_url", "inbound_secret", "metrics_token", "alert_url", "alert_smtp_url")
SECRETS += ("oidc_client_secret", "image_store", "drafting_url", "drafting_key", "listmonk_token")
LEAST_CHARACTERS = 16
"""Of a secret that one program shows another; of the secret key see `newsletter.config.keys`."""
_BROKERS = ("redis://", "rediss://", "unix://")
_GUESSABLE = "holds a password that anybody would try first: a placeholder, common words, or a repetition"


class Settings(
    KeySettings,
    WebSettings,
    InboundSettings,
    ImageSettings,
    PaceSettings,
    AlertSettings,
    OidcSettings,
    PreflightSettings,
    DraftingSettings,
    SourceSettings,
    MovingSettings,
    RetentionSettings,
):
    """Everything an operator may set. Each field: type, default, and one sentence."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("data"),
        description="Folder for the SQLite database, the journals, the local inbox and the generated secret.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the ledger (`postgresql+psycopg://...` or `sqlite:///...`); empty means SQLite under `DATA_DIR`.",
    )
    redis_url: str = Field(
        "", description="Redis or Valkey for queue and pacing; empty means both live in this process."
    )
    smtp_url: str = Field(
        "",
        description="The way out: `smtp://user:pass@host:port?tls=starttls|implicit|none`, `maildir:/path`, `memory:`, or a provider's API such as `postmark://TOKEN@` (docs/providers.md); empty means a Maildir under `DATA_DIR`.",
    )
    webhook_secrets: SecretStr = Field(
        SecretStr(""),
        description="`provider=secret`, several with commas between: what proves that a call of `/hooks/{provider}` comes from it; a provider without one is refused.",
    )
    return_path_domain: str = Field(
        "", description="Domain of the signed bounce addresses; empty means that of the publication's From."
    )
    dkim_dir: str = Field(
        "",
        description="Folder of the DKIM keys, which `newsletter domain records` makes and machines may share; empty means `dkim` under `DATA_DIR`.",
    )
    dkim_body: Literal["simple", "relaxed"] = Field(
        "simple",
        description="How DKIM takes the body: `simple`, which costs nothing, or `relaxed`, for relays that touch white space at the end of lines.",
    )
    batch_size: Annotated[int, Field(ge=1, le=5000)] = Field(
        1000, description="Readers in one batch, the unit a worker claims."
    )
    connections: Annotated[int, Field(ge=1, le=500)] = Field(
        8, description="SMTP connections one worker process keeps open."
    )
    messages_per_connection: Annotated[int, Field(ge=1)] = Field(
        1000, description="Messages sent over one SMTP connection before it is closed politely."
    )
    lease_seconds: Annotated[int, Field(ge=5)] = Field(
        60, description="How long a claimed batch stays with a worker that gives no sign of life."
    )
    drain_seconds: Annotated[int, Field(ge=1)] = Field(
        30, description="How long a worker may take to finish what it holds after SIGTERM."
    )
    undo_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        30,
        description="Seconds that lie at least between sending or scheduling an issue and its first mail, in which that can be undone; 0 is none.",
    )
    max_age_hours: Annotated[int, Field(ge=1)] = Field(
        24,
        description="A deferred delivery older than this is given up, after three tries at least: stale news is worse than none.",
    )
    retry_seconds: Annotated[int, Field(ge=1)] = Field(
        120, description="Wait before a deferred delivery is tried again; it doubles with each try, up to two hours."
    )
    byte_budget: Annotated[int, Field(ge=20_000, le=1_000_000)] = Field(
        100_000,
        description="Largest HTML part of a mail in octets (Gmail clips at 102,400); items past it fold into a link.",
    )
    uncertain: Literal["hold", "resend"] = Field(
        "hold", description="What happens to a delivery whose acceptance is not known after a crash."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )
    tracing: bool = Field(
        False,
        description="Make OpenTelemetry spans of plans, batches, chunks, notices and requests; needs `newsletter[tracing]`, and `OTEL_EXPORTER_OTLP_ENDPOINT` says where they go.",
    )

    @field_validator("*")
    @classmethod
    def _not_guessable(cls, value: object, info: ValidationInfo) -> object:
        shared, least = _shared_secrets(info.field_name or "", value)
        if any(is_guessable(secret) for secret in shared):
            raise ValueError(_GUESSABLE)
        if any(len(secret) < least for secret in shared):
            raise ValueError(f"holds a secret of fewer than {least} characters")
        return value

    @field_validator("redis_url", "smtp_url", "imap_url", "alert_smtp_url", "image_store")
    @classmethod
    def _an_address(cls, value: str, info: ValidationInfo) -> str:
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:  # whose message repeats a part of the value
            raise ValueError("is no URL: in user and password write / : @ [ as %2F %3A %40 %5B") from None
        if value and info.field_name == "redis_url" and not value.startswith(_BROKERS):
            raise ValueError(f"must begin with {', '.join(_BROKERS)}")
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _named(cls, value: SecretStr) -> SecretStr:
        if not all(name and secret for name, secret in _named_secrets(value)):
            raise ValueError("must be provider=secret, several with commas between")
        return value

    @property
    def secret_of_provider(self) -> dict[str, str]:
        """The webhook secrets by provider."""
        return dict(_named_secrets(self.webhook_secrets))

    @property
    def database(self) -> str:
        """URL of the ledger, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'newsletter.db'}"

    @property
    def inbox(self) -> Path:
        """The local Maildir that catches mail when no way out is set."""
        return self.data_dir / "inbox"

    @property
    def image_folder(self) -> Path:
        """Folder of the images where no image store is named."""
        return self.data_dir / "images"

    @property
    def uploads(self) -> Path:
        """Where lists of readers lie that were uploaded to be moved in."""
        return self.data_dir / "uploads"

    @property
    def dkim_folder(self) -> Path:
        """Folder of the DKIM keys, with the default filled in."""
        return Path(self.dkim_dir) if self.dkim_dir else self.data_dir / "dkim"

    @property
    def source_secrets(self) -> Path:
        """Folder of the secrets of sources, with the default filled in."""
        return Path(self.source_secrets_dir) if self.source_secrets_dir else self.data_dir / "source-secrets"

    @property
    def journal(self) -> Path:
        """Folder of the acceptance journals of this host's workers."""
        return self.data_dir / "journal"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library calls by this name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, `.env`, TOML file."""
        toml = TomlConfigSettingsSource(settings_cls, os.environ.get(PREFIX + "CONFIG"))
        return init_settings, env_settings, dotenv_settings, toml


def _shared_secrets(name: str, value: object) -> tuple[list[str], int]:
    """The secrets of a setting that another program shows or asks for, and how long each must be at least.

    Keys that were used before may be as they were: they are on their way out. Passwords of other people's servers may be short.
    """
    if name not in SECRETS or name in ("previous_secret_keys", "signing_keys"):
        return [], 0
    if not isinstance(value, SecretStr):
        return list(passwords_of(str(value))), 0
    if name in ("alert_url", "drafting_url"):  # an address of somebody else's making, which may be short
        return [], 0
    if name in ("drafting_key", "listmonk_token"):  # made by others, and as long as they like
        return [key for key in [value.get_secret_value()] if key], 1
    if name == "webhook_secrets":  # `user:password`: the user is no secret; an ARN names a topic, and is none either
        return [
            s.partition(":")[2] or s for provider, s in _named_secrets(value) if provider != "ses"
        ], LEAST_CHARACTERS
    return [s for s in [value.get_secret_value()] if s], LEAST_CHARACTERS


def _check_environment(settings: Settings) -> None:
    """Look at the password that libpq takes from the environment. Raises InputError when it is one that anybody would try."""
    password = os.environ.get("PGPASSWORD", "")
    if password and settings.database.startswith("postgres") and is_guessable(password):
        raise InputError(
            _GUESSABLE,
            where="PGPASSWORD",
            remedy="change it in the database too (ALTER ROLE): that keeps the one it was first started with",
        )


def _named_secrets(value: SecretStr) -> list[tuple[str, str]]:
    entries = value.get_secret_value().replace("\n", ",").split(",")
    parted = [entry.partition("=") for entry in entries if entry.strip()]  # a key in base64 may end in = itself
    return [(name.strip().lower(), secret.strip()) for name, _, secret in parted]


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises InputError naming each setting that is wrong and why."""
    given = {**_secrets_from_files(), **overrides}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {_said(e['msg'])}" for e in error.errors())
        raise InputError(wrong, where="settings", remedy="docs/settings.md tells what each may be") from None
    _check_environment(settings)
    return settings


def misspelt() -> list[tuple[str, str]]:
    """Return names that begin like settings and are none, each with the setting it is most like (empty: like none)."""
    return list(unknown_names(PREFIX, Settings.model_fields, SECRETS))


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _secrets_from_files() -> dict[str, str]:
    found = {}
    for name in SECRETS:
        path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
        if path:
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise InputError(
                    f"cannot read {path}: {error.strerror}", where=f"{PREFIX}{name.upper()}_FILE"
                ) from None
    return found
