"""The parts of the room `backup`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.backup.folders import Folders
from newsletter.backup.making import BackingUp
from newsletter.backup.restoring import Restoring
from newsletter.bootstrap.tools import Tools
from newsletter.config import PREFIX, Settings

_KEYS = ("secret_key", "previous_secret_keys", "signing_keys")


@dataclass(frozen=True)
class BackupParts(Tools):
    """What puts the service into one file, and out of it, each put together once per process."""

    @cached_property
    def backing_up(self) -> BackingUp:
        """What takes backups."""
        return BackingUp(self.database, self.clock, self.image_store, _folders(self))

    @cached_property
    def restoring(self) -> Restoring:
        """What restores them."""
        return Restoring(self.database, self.clock, self.image_store, _folders(self))


def _folders(tools: Tools) -> Folders:
    settings = tools.settings
    return Folders(
        settings.data_dir,
        settings.dkim_folder,
        settings.source_secrets,
        tools.database.file,
        _given_keys(settings),
    )


def _given_keys(settings: Settings) -> dict[str, str]:
    """The keys that are settings and no file, by the names of these settings; with the number of the secret, where there is one."""
    found = {name: getattr(settings, name).get_secret_value() for name in _KEYS}
    given = {name: value for name, value in found.items() if value}
    if given:
        given["secret_key_id"] = str(settings.secret_key_id)
    return {f"{PREFIX}{name.upper()}": value for name, value in given.items()}
