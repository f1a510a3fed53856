"""Whole processes: ended politely they drain, killed they lose nothing, on SQLite in one process too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.clock import SystemClock
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers, states

READERS = 300


@pytest.fixture
def receiver() -> Iterator[FaultySmtp]:
    server = FaultySmtp(Faults(pause=0.02))
    yield server
    server.stop()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'newsletter.db'}")
    upgrade(database)
    clock = SystemClock()
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, READERS)
    add_issue(database, clock, publication)
    yield database
    database.close()


def start(folder: Path, receiver: FaultySmtp) -> subprocess.Popen[bytes]:
    """Start worker and scheduler in one process, on SQLite."""
    settings = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": receiver.url,
        "SECRET_KEY": "a secret for tests only",
        "CONNECTIONS": "4",
        "BATCH_SIZE": "50",
        "LEASE_SECONDS": "5",
        "LOG_LEVEL": "warning",
    }
    environment = os.environ | {f"NEWSLETTER_{name}": value for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "workers", "embedded", "2"], env=environment, stdin=subprocess.DEVNULL
    )


def wait_for(enough, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not enough():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(0.05)


def test_sigterm_drains_and_leaves_nothing_in_doubt(tmp_path: Path, ledger: Database, receiver: FaultySmtp) -> None:
    process = start(tmp_path, receiver)
    wait_for(lambda: len(receiver.taken.accepted) > 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    found = states(ledger)
    assert set(found) == {"submitted", "queued"}, found
    assert found["submitted"] == len(receiver.taken.accepted) < READERS
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_single_process_on_sqlite_is_safe_to_kill(tmp_path: Path, ledger: Database, receiver: FaultySmtp) -> None:
    kills = 3
    for number in range(kills):
        process = start(tmp_path, receiver)
        wait_for(lambda number=number: len(receiver.taken.accepted) > 40 * (number + 1))
        process.kill()
        process.wait(10)
    process = start(tmp_path, receiver)
    try:
        wait_for(lambda: set(states(ledger)) <= {"submitted", "uncertain"})
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
    found = states(ledger)
    assert len(set(receiver.taken.recipients)) == len(receiver.taken.recipients), "nobody got it twice"
    assert found.get("uncertain", 0) <= kills * 4
    assert found["submitted"] + found.get("uncertain", 0) == READERS
    assert len(receiver.taken.recipients) >= found["submitted"]
