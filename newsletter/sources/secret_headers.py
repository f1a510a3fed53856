"""Secrets of sources: each in a file of its own, which names the hosts that may be told it. Sources know only the file's name.

    the-secret-itself
    api.example.org

The first line is what the header carries, each further one a host. A secret goes to no other: whoever may write the address of a
source must not be able to have it sent to a server of their own.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from newsletter.errors import InputError
from newsletter.model.sources import SourceKind
from newsletter.networks import url_parts
from newsletter.sources.checking import SECRET_NAME

GITHUB, GITHUB_HOST = "github", "api.github.com"
"""The secret that GitHub's interface is asked with where there is one, and the one host that it needs not name."""
_MOST_OCTETS = 8192
_HOW = "docs/sources.md#secrets tells how"


class SecretError(InputError):
    """A source cannot be asked for want of its secret; the words hold nothing of it."""


class Asks(Protocol):
    """What is asked with a secret: a source, or one that is tried."""

    @property
    def kind(self) -> SourceKind:
        """What it answers with."""
        ...

    @property
    def address(self) -> str:
        """Where it is asked."""
        ...

    @property
    def header(self) -> str:
        """The header that carries the secret, or nothing."""
        ...

    @property
    def secret(self) -> str:
        """The name of the secret, or nothing."""
        ...


@dataclass(frozen=True)
class SecretHeaders:
    """The folder of the secrets."""

    folder: Path

    def names(self) -> list[str]:
        """Return the names of the secrets that are there."""
        try:
            return sorted(path.name for path in self.folder.iterdir() if SECRET_NAME.fullmatch(path.name))
        except OSError:
            return []

    def of(self, source: Asks) -> dict[str, str]:
        """Return the secret headers that a source is asked with. Raises SecretError when its secret is not there, or not for its host."""
        if source.secret:
            header, name = source.header, source.secret
        elif source.kind is SourceKind.GITHUB and _host(source.address) == GITHUB_HOST and self._has(GITHUB):
            header, name = "Authorization", GITHUB
        else:
            return {}
        value, hosts = self._read(name)
        host = _host(source.address)
        if host not in hosts and (name, host) != (GITHUB, GITHUB_HOST):
            raise SecretError(
                f"the secret {name!r} does not go to {host}",
                where="secret",
                remedy=f"an operator adds the host to its file, on a line of its own: {_HOW}",
            )
        is_bare_token = name == GITHUB and header.lower() == "authorization" and " " not in value
        return {header: f"Bearer {value}" if is_bare_token else value}

    def check(self, name: str) -> None:
        """See that a secret can be read. Raises SecretError."""
        self._read(name)

    def is_for_others(self, name: str) -> bool:
        """Tell whether everybody on this machine may read a secret."""
        try:
            return bool((self.folder / name).stat().st_mode & stat.S_IRWXO)
        except OSError:
            return False

    def _has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def _read(self, name: str) -> tuple[str, frozenset[str]]:
        if not SECRET_NAME.fullmatch(name):
            raise SecretError("this is no name of a secret", where="secret", remedy=_HOW)
        try:
            with (self.folder / name).open("rb") as file:
                octets = file.read(_MOST_OCTETS + 1)
        except OSError as error:
            raise SecretError(
                f"the secret {name!r} cannot be read: {error.strerror}",
                where="secret",
                remedy=f"an operator puts it into the folder of NEWSLETTER_SOURCE_SECRETS_DIR: {_HOW}",
            ) from None
        lines = [line.strip() for line in octets.decode("utf-8", "replace").splitlines()]
        value = lines[0] if lines else ""
        if not value or len(octets) > _MOST_OCTETS or not value.isascii() or not value.isprintable():
            raise SecretError(
                f"the secret {name!r} cannot stand in a header", where="secret", remedy=f"one line of ASCII: {_HOW}"
            )
        return value, frozenset(line.lower() for line in lines[1:] if line and not line.startswith("#"))


def _host(address: str) -> str:
    parts = url_parts(address)
    return (parts.hostname or "").lower() if parts is not None else ""
