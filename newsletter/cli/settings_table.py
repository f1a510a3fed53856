"""Every setting with its type, default and sentence: for the doctor and for docs/settings.md."""

from __future__ import annotations

import os
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from newsletter.config import PREFIX, SECRETS, Settings, load

_HIDDEN = "********"
_PLACES = frozenset({"maildir", "memory", "sqlite"})
_HOSTS = frozenset({"postgresql", "postgres", "redis", "rediss", "unix", "smtp", "smtps", "imap", "imaps"})
"""Schemes of addresses that name a place, and of those that name a host."""
_NAMES = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret text",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what may be set, and what is in force (empty when only documented)."""

    name: str
    type: str
    default: str
    meaning: str
    value: str = ""
    source: str = ""


def settings() -> Iterator[Setting]:
    """Describe every setting there is, in the order of the code."""
    for name, field in Settings.model_fields.items():
        yield Setting(PREFIX + name.upper(), _type(field), _shown(name, field.default), field.description or "")


def settings_in_force() -> Iterator[Setting]:
    """Describe every setting with its value (secrets masked) and where it comes from. Raises InputError."""
    present = load()
    for setting, name in zip(settings(), Settings.model_fields, strict=True):
        value = _shown(name, getattr(present, name))
        yield Setting(setting.name, setting.type, setting.default, setting.meaning, value, _source(name, present))


def _type(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if typing.get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in typing.get_args(kind))
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{choice.value}`" for choice in kind)
    bounds = {bound: getattr(m, bound) for m in field.metadata for bound in ("ge", "le") if hasattr(m, bound)}
    limits = [f"{word} {bounds[bound]:,}" for bound, word in (("ge", "from"), ("le", "to")) if bound in bounds]
    return " ".join([_NAMES.get(kind, getattr(kind, "__name__", str(kind))), *limits])


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return _HIDDEN if value.get_secret_value() else ""
    if name in SECRETS:
        return _without_passwords(str(value))
    return "" if value is None else str(value)


def _without_passwords(url: str) -> str:
    """Hide what a service's address may hold: all before its last @, which a password may contain too, and secrets in its query.

    Where nothing stands before an @, and the scheme is none whose host is no secret, the rest may be the key itself.
    """
    scheme, _, rest = url.partition(":")
    if not url or scheme in _PLACES:
        return url
    if "@" not in rest and scheme.partition("+")[0] not in _HOSTS:
        return f"{scheme}:{_HIDDEN}" if rest.startswith("//") else _HIDDEN
    before = re.sub(r"^//.*@|^(?!//).+", f"//{_HIDDEN}@", rest)
    return f"{scheme}:" + re.sub(
        r"(?i)([?&](?=[^=&?]*(?:pass|secret|token|key))[^=&?]*+=)[^&]*", rf"\1{_HIDDEN}", before
    )


def _source(name: str, present: Settings) -> str:
    environment = {key.upper() for key in os.environ}
    if f"{PREFIX}{name}_FILE".upper() in environment and name in SECRETS:
        return f"{PREFIX}{name.upper()}_FILE"
    if name not in present.model_fields_set:
        return "default"
    return "environment" if f"{PREFIX}{name}".upper() in environment else ".env or the TOML file"
