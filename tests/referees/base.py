"""What a referee is: a real MTA between the engine and the readers, private to one test."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.parts.guard import Guard

HOST = "relay.test"
"""What every referee calls itself."""
LOCAL = "local.test"
"""The domain whose mailboxes a referee says it keeps itself; there are none."""
NOWHERE = "unknown.test"
"""A domain that no referee has a way to."""
UNRESOLVABLE = ".".join(["x" * 63] * 3 + ["x" * 57, "test"])
"""A host name that a resolver refuses by itself, for its length (RFC 1035 section 2.3.4): no name server is asked."""
START_SECONDS = 20
END_SECONDS = 3


class Referee(Protocol):
    """A running MTA. It is made with `routes`, which say for each domain to which loopback port its mail goes."""

    def __init__(self, routes: Mapping[str, int]) -> None: ...

    @staticmethod
    def missing() -> str:
        """What keeps it from being started here, or empty."""

    @property
    def url(self) -> str:
        """Value for NEWSLETTER_SMTP_URL."""

    @property
    def log(self) -> str:
        """What it wrote down."""

    def stop(self) -> None:
        """End it and take away its folders."""


def folder(name: str) -> Path:
    """Make a folder of its own for a referee, which its unprivileged processes may enter."""
    made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))
    made.chmod(0o755)
    return made


def url_of(port: int) -> str:
    """Value for NEWSLETTER_SMTP_URL."""
    return f"smtp://127.0.0.1:{port}?tls=none"


def _identity(user: str) -> dict[str, object]:
    """Options of Popen that make a process one of `user`; only root can choose."""
    if not user or os.geteuid() != 0:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


class Running:
    """A server in the foreground, with all processes it starts; up when `port` answers."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        root: Path,
        port: int,
        user: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._root, self._port, self._ended = root, port, False
        self._output = root / "output"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(env or {}),
                start_new_session=True,
                **_identity(user),
            )
        self._guard = Guard(-self._process.pid, by=signal.SIGTERM)  # the group: it has children
        self._await()

    def log(self, *files: str) -> str:
        """What it wrote down, in these files below its folder and on its standard output."""
        found = [path for pattern in files for path in sorted(self._root.glob(pattern))]
        return "\n".join(path.read_text(errors="replace") for path in [self._output, *found])

    def stop(self) -> None:
        """End it, its processes and its folder."""
        self.end()
        shutil.rmtree(self._root, ignore_errors=True)

    def end(self) -> None:
        """End it and its processes; on return nobody listens any more."""
        if self._ended:
            return
        self._ended = True
        self._guard.let_go()
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + END_SECONDS
        while _listens(self._port) and time.monotonic() < deadline:  # its children die a little later than it does
            time.sleep(0.02)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _await(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if _listens(self._port):
                return
            time.sleep(0.05)
        log = self.log("log/*")
        self.stop()
        raise AssertionError(f"{self._process.args!r} does not start: {log}")


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
