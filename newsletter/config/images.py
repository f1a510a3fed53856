"""Where images lie."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class ImageSettings(BaseSettings):
    """The image store: part of `Settings`."""

    image_store: str = Field(
        "",
        description="Where images lie: `s3://KEY:SECRET@HOST/BUCKET?region=REGION` for any store that speaks S3 (docs/images.md); empty means `images` under `DATA_DIR`.",
    )

    @field_validator("image_store")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not value.startswith("s3://"):
            raise ValueError("must begin with s3://, or be empty for a folder under DATA_DIR")
        return value
