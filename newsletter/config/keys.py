"""Settings of the keys that sign links and return paths."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings

from newsletter import signing_keys, tokens
from newsletter.signing_keys import SigningKeys

LEAST_CHARACTERS = 32
"""Of a secret key that signs. One that only reads, because it was used before, may have `tokens.LEAST_OCTETS`."""
_FEW_CHARACTERS = 8


class KeySettings(BaseSettings):
    """The secret that everything is signed with, or the keys that were derived from it: part of `Settings`."""

    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 random characters that sign every link (`newsletter keys new`); empty means one is made and kept under `DATA_DIR`.",
    )
    secret_key_id: Annotated[int, Field(ge=1, le=255)] = Field(
        1, description="Number of the secret key, which stands in every token; raise it by one with each new key."
    )
    previous_secret_keys: SecretStr = Field(
        SecretStr(""),
        description="`number=secret` of keys used before, several with commas between: what they signed is still read.",
    )
    signing_keys: SecretStr = Field(
        SecretStr(""),
        description="Instead of the secret key: the keys that this process needs and no others, as `newsletter keys derive` prints them.",
    )

    @field_validator("secret_key")
    @classmethod
    def _strong_enough(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and len(secret) < LEAST_CHARACTERS:
            raise ValueError(f"must have at least {LEAST_CHARACTERS} characters: `newsletter keys new` makes one")
        if secret and len(set(secret)) < _FEW_CHARACTERS:
            raise ValueError("repeats itself, so it could be guessed: `newsletter keys new` makes another")
        return value

    @field_validator("previous_secret_keys")
    @classmethod
    def _numbered(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        tokens.read_keys(value.get_secret_value(), besides=info.data.get("secret_key_id", 0))
        return value

    @field_validator("signing_keys")
    @classmethod
    def _readable_keys(cls, value: SecretStr) -> SecretStr:
        signing_keys.read(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.signing_keys.get_secret_value() and self.secret_key.get_secret_value():
            raise ValueError("SECRET_KEY and SIGNING_KEYS are both set: a process gets the one or the others")
        return self

    @property
    def previous_secrets(self) -> dict[int, bytes]:
        """The secrets used before, by key id."""
        return tokens.read_keys(self.previous_secret_keys.get_secret_value(), besides=self.secret_key_id)

    @property
    def given_keys(self) -> SigningKeys:
        """The keys of `signing_keys`; none when the secret is used."""
        return signing_keys.read(self.signing_keys.get_secret_value())
