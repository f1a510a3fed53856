"""The processes of a service as an operator would run them: hosts with two workers each, two schedulers, and a web server apart."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from newsletter import private_files
from newsletter.bench import accounting
from newsletter.bench.soak import case
from newsletter.bench.soak.groups import ReceiverGroup
from newsletter.children import module_command
from newsletter.errors import UnavailableError
from newsletter.keyring import Keyring
from newsletter.store.rehearsal import DOMAIN

_SKEW = """\
from datetime import timedelta
from newsletter.clock import SystemClock
right = SystemClock.now
SystemClock.now = lambda self: right(self) + timedelta(hours={hours})
"""
"""Read by every interpreter of a host before anything else: what a wrong clock is to them."""


@dataclass(frozen=True)
class Surroundings:
    """What all processes of a service share; `folder` holds a folder of each host, and the logs."""

    folder: Path
    database_url: str
    redis_url: str
    secret: str
    batch_size: int

    def environment(self, name: str, smtp_url: str, **more: str) -> dict[str, str]:
        """Return the environment of a process on host `name`, without any setting of who started the soak."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NEWSLETTER_")}
        settings = {
            "DATA_DIR": str(self.folder / name),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SMTP_URL": smtp_url,
            "SECRET_KEY": self.secret,
            "CONNECTIONS": str(case.CONNECTIONS),
            "BATCH_SIZE": str(self.batch_size),
            "LEASE_SECONDS": str(case.LEASE_SECONDS),
            "LOG_LEVEL": "info",
        }
        return kept | {f"NEWSLETTER_{key}": value for key, value in (settings | more).items()}

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> ReceiverGroup:
        """Start a process; what it says stands in `<name>.log`."""
        return ReceiverGroup(command, environment, self.folder / f"{name}.log", self.folder)


class Host:
    """A machine that sends: one `newsletter worker` with its processes, in a group, with a data folder of its own."""

    def __init__(self, number: int, around: Surroundings, smtp_url: str) -> None:
        self.number, self.name = number, f"host{number}"
        self._around, self._smtp_url = around, smtp_url
        self.group: ReceiverGroup | None = None

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        members = self.group.members() if self.group else []
        return [pid for pid in members if accounting.says(pid, "spawn_main")]

    def start(self, *, smtp_url: str = "", clock_hours: int = 0) -> None:
        """Start its workers, whose way out, or whose clock, may be another than it should be."""
        environment = self._around.environment(self.name, smtp_url or self._smtp_url)
        if clock_hours:
            places = (str(self._skewed(clock_hours)), environment.get("PYTHONPATH", ""))
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
        command = module_command("newsletter", "worker", "--processes", case.PROCESSES, "--threads", case.THREADS)
        self.group = self._around.start(self.name, command, environment)

    def stop(self) -> int | None:
        """Let it drain and end; return its exit code, None when it had to be killed."""
        assert self.group is not None
        return self.group.stop()

    @property
    def running(self) -> ReceiverGroup:
        """The group that runs. Raises UnavailableError when it ended by itself."""
        if self.group is None or not self.group.runs:
            raise UnavailableError("the workers ended by themselves", where=self.name)
        return self.group

    @property
    def keys(self) -> Path:
        """Folder of its DKIM keys."""
        return Keyring(self._around.folder / self.name / "dkim").place(DOMAIN)

    def _skewed(self, hours: int) -> Path:
        folder = self._around.folder / f"{self.name}-clock"
        private_files.make_folder(folder)
        private_files.write(folder / "sitecustomize.py", _SKEW.format(hours=hours).encode())
        return folder


def give_keys(hosts: list[Host]) -> None:
    """Make a DKIM key and give it to every host: Ed25519, which costs little."""
    first, *others = hosts
    Keyring(first.keys.parent).make(DOMAIN, "soak")
    for path in first.keys.glob("*.rsa.pem"):
        path.unlink()
    for host in others:
        private_files.make_folder(host.keys)
        for path in first.keys.iterdir():
            private_files.keep(host.keys / path.name, path.read_bytes())
