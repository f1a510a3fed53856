"""Settings of sources: where their secrets lie."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class SourceSettings(BaseSettings):
    """What sources are asked with: part of `Settings`."""

    source_secrets_dir: str = Field(
        "",
        description="Folder of the secrets that sources are asked with, a file each, which also names the hosts that may be told it (docs/sources.md); empty means `source-secrets` under `DATA_DIR`.",
    )
