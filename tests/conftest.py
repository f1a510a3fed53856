"""Fixtures shared by all tests: real databases, brokers and servers on loopback, and a clock that can be set."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.parts.compiled_once import compile_once
from tests.parts.event_threads import end_events
from tests.parts.in_memory import folder_in_memory
from tests.parts.lending import Lender, sqlite_ledger
from tests.parts.longest import longest_first
from tests.parts.postgres import PostgresServer
from tests.parts.smtp import SmtpSink
from tests.parts.valkey import ValkeyServer

# How long an example takes says something of the machine and its other work, and nothing of the code. In CI the examples are the
# same at each run, so that it judges the change and not its luck; whoever runs the tests elsewhere tries others each time.
settings.register_profile(
    "unhurried",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
    database=None if os.environ.get("CI") == "true" else settings.default.database,
)
settings.load_profile("unhurried")

os.environ["NEWSLETTER_UNDO_SECONDS"] = "0"
"""What is sent goes at once, but where a test asks for the default (`monkeypatch.delenv`) or for seconds of its own."""

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


TRIED_TWICE = ("bench", "cli", "journeys", "referees", "sources", "web")
"""Folders whose tests meet limits in seconds of the machine: those of a browser, of a command's process, of a child that reads.

In CI, where others use the machine too, one that fails there is tried once more, and the closing line counts it as rerun. What kills, counts
and sends (chaos, delivery, store and the rest) has one try: a race that loses a mail once in fifty runs must be seen.
"""


def absent(part: str) -> None:
    """Skip with a clear word when a part is missing on a user's machine; in CI a missing part is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{part} is missing, and in CI that is a failure")
    pytest.skip(f"{part} is missing on this machine")


def pytest_configure() -> None:
    """Put the folders of tests, and of the servers they start, into memory where there is room; `TMPDIR` says otherwise."""
    compile_once()
    memory = folder_in_memory()
    if memory is not None:
        os.environ.setdefault("TMPDIR", str(memory))
        tempfile.tempdir = None  # it may have been asked for before


def pytest_xdist_auto_num_workers() -> int:
    """Run three tests on two cores (`-n auto`): a test waits for servers and processes a third of its time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest first, and let those have a second try that may."""
    if os.environ.get("CI") == "true":
        here = Path(__file__).parent
        for item in items:
            if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in TRIED_TWICE:
                item.add_marker(pytest.mark.flaky(reruns=1))
    places = {node_id: place for place, node_id in enumerate(longest_first(item.nodeid for item in items))}
    items.sort(key=lambda item: places[item.nodeid])


def pytest_collection_finish() -> None:
    """Take what was collected, some 800,000 objects that stay to the end, out of the sight of the collector of garbage."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded (`record_property`), though they passed."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{name}: {figure}")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command sends log lines to the standard error of its time: the next test shall not notice."""
    dramatiq = logging.getLogger("dramatiq")
    before = dramatiq.handlers, dramatiq.propagate
    yield
    dramatiq.handlers, dramatiq.propagate = before
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole test run."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _lender(postgres: PostgresServer) -> Lender:
    return Lender(postgres)


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey server for the whole test run."""
    server = ValkeyServer()
    yield server
    server.stop()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty ledger on SQLite."""
    database = sqlite_ledger(tmp_path / "newsletter.db")
    yield database
    end_events(database.url)
    database.close()


@pytest.fixture
def postgres_database(postgres: PostgresServer, _lender: Lender) -> Iterator[Database]:
    """An empty ledger on PostgreSQL."""
    name = _lender.lend()
    database = Database(postgres.url(name))
    yield database
    end_events(database.url)
    database.close()
    _lender.take_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty ledger; the test runs once on each database."""
    return request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A real SMTP server that keeps what it is given."""
    sink = SmtpSink()
    yield sink
    sink.stop()


@pytest.fixture
def clock() -> SettableClock:
    """A clock that moves only when told to."""
    return SettableClock()


@pytest.fixture
def signer() -> Signer:
    """A signer with a fixed secret."""
    return Signer(b"a secret for tests only")


@pytest.fixture(scope="session")
def real_issue() -> Path:
    """The real issue that lies beside the project, for those who have it."""
    path = SHARED / "issues" / "2026-05-09.md"
    if not path.exists():
        pytest.skip("the shared sample issue is not beside this checkout")
    return path
