"""Which files of this service others on the machine can reach: what the doctor tells."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter import private_files
from newsletter.config import PREFIX, SECRETS, Settings

MOST_TOLD = 20
_WRITES = stat.S_IWGRP | stat.S_IWOTH
_GROUP_LOOKS = stat.S_IRGRP | stat.S_IXGRP
_MOUNTED = Path("/run/secrets")
"""Where containers find their secrets, readable by all who are inside: https://docs.docker.com/compose/how-tos/use-secrets/."""


@dataclass(frozen=True, slots=True)
class Wide:
    """A file or folder that group or others may reach, and what shuts it. A folder that can only be looked into is `mild`."""

    path: Path
    mode: int
    mild: bool

    @property
    def remedy(self) -> str:
        """The command that takes the rights away."""
        return f"chmod go= {self.path}"

    def __str__(self) -> str:
        """Path, and mode as `ls` counts it."""
        return f"{self.path} (mode {self.mode:04o})"


def wide_files(settings: Settings) -> list[Wide]:
    """Look at the data folder and all below it, the ledger, the caught mail, the keys, and the files that settings are read from."""
    places = dict.fromkeys([settings.data_dir, *_ledger(settings), *_maildir(settings)], 0)
    places[settings.dkim_folder] = _GROUP_LOOKS if settings.dkim_dir else 0  # which a group may share
    places.update(dict.fromkeys(_settings_files(), 0))
    found = {wide.path: wide for place, allowed in places.items() for wide in _below(place, allowed)}
    return list(found.values())


def _below(place: Path, allowed: int) -> Iterator[Wide]:
    if place.exists():
        for path, mode in private_files.too_wide(place, allowed=allowed):
            yield Wide(path, mode, mild=path.is_dir() and not mode & _WRITES)


def _ledger(settings: Settings) -> Iterable[Path]:
    scheme, _, path = settings.database.partition(":///")
    if scheme.startswith("sqlite"):
        file = Path(path.partition("?")[0])
        return [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm")]
    return []


def _maildir(settings: Settings) -> Iterable[Path]:
    scheme, _, path = settings.smtp_url.partition(":")
    return [Path(path)] if scheme == "maildir" else []


def _settings_files() -> Iterator[Path]:
    named = [Settings.model_config.get("env_file"), os.environ.get(f"{PREFIX}CONFIG")]
    named += [os.environ.get(f"{PREFIX}{name.upper()}_FILE") for name in SECRETS]
    for path in filter(None, named):
        if not (file := Path(str(path))).is_relative_to(_MOUNTED):
            yield file
