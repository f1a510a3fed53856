"""Whole processes: ended politely they drain in their time; none is left when its parent is gone. For kills see tests/chaos."""

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
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.lending import migrated_sqlite
from tests.parts.valkey import ValkeyServer

READERS = 300


@pytest.fixture
def receiver() -> Iterator[FaultySmtp]:
    server = FaultySmtp(Faults(pause=0.02))
    yield server
    server.stop()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    database = migrated_sqlite(tmp_path / "newsletter.db")
    clock = SystemClock()
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, READERS)
    add_issue(database, clock, publication)
    yield database
    database.close()


def start(folder: Path, receiver: FaultySmtp, **more: str) -> subprocess.Popen[bytes]:
    """Start worker and scheduler in one process, on SQLite."""
    return subprocess.Popen(
        [sys.executable, "-m", "workers", "embedded", "2"],
        env=environment(folder, receiver, **more),
        stdin=subprocess.DEVNULL,
    )


def environment(folder: Path, receiver: FaultySmtp, **more: str) -> dict[str, str]:
    settings = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": receiver.url,
        "SECRET_KEY": "a secret for tests only, which is long enough",
        "CONNECTIONS": "4",
        "BATCH_SIZE": "50",
        "LEASE_SECONDS": "5",
        "LOG_LEVEL": "warning",
    } | more
    return os.environ | {f"NEWSLETTER_{name}": value for name, value in settings.items()}


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


@pytest.fixture
def mute() -> Iterator[FaultySmtp]:
    """A receiver that takes ten messages and then says nothing more."""
    server = FaultySmtp(Faults(stall_after=11))
    yield server
    server.stop()


def test_a_drain_ends_in_its_time_although_the_server_says_nothing(
    tmp_path: Path, ledger: Database, mute: FaultySmtp
) -> None:
    process = start(tmp_path, mute, DRAIN_SECONDS="4")
    wait_for(lambda: len(mute.taken.silent) == 4)
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, "far less than the ten minutes a reply is waited for"
    assert time.monotonic() - told < 6, "in its time, and what an interpreter needs to end"
    assert len(mute.taken.silent) == 4, "nothing new was begun"
    left = states(ledger)
    assert left.pop("uncertain") == 4, "one for each connection: told when it was cut, and recorded"
    assert set(left) == {"submitted", "queued"}, left
    assert list((tmp_path / "journal").iterdir()) == []
    swept = start(tmp_path, mute, SMTP_URL=f"maildir:{tmp_path / 'inbox'}")
    try:
        wait_for(lambda: set(states(ledger)) == {"submitted", "uncertain"})
    finally:
        swept.send_signal(signal.SIGTERM)
        assert swept.wait(20) == 0
    assert states(ledger)["uncertain"] == 4, "one for each connection: all else was sent by the next"
    got = len(list((tmp_path / "inbox" / "new").iterdir()))
    assert got == READERS - len(mute.taken.recipients)


def test_a_second_sigterm_ends_at_once_what_the_first_would_wait_for(
    tmp_path: Path, ledger: Database, mute: FaultySmtp
) -> None:
    process = start(tmp_path, mute, DRAIN_SECONDS="600")
    wait_for(lambda: len(mute.taken.silent) == 4)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)  # a group and a parent may both tell it: that is one request
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 128 + signal.SIGTERM
    assert len(list((tmp_path / "journal").iterdir())) > 0, "what was heard is told to the next"


def supervised(folder: Path, receiver: FaultySmtp, valkey: ValkeyServer, **more: str) -> subprocess.Popen[bytes]:
    """Start two workers under one parent, as `newsletter worker --processes 2` does."""
    given = environment(folder, receiver, REDIS_URL=valkey.url, **more)
    command = [sys.executable, "-m", "newsletter", "worker", "--processes", "2", "--threads", "2"]
    return subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL)


def workers_of(parent: subprocess.Popen[bytes]) -> list[int]:
    """Return the pids of the workers a parent started."""
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def working(pid: int) -> bool:
    """Tell whether a worker has its threads, and so its signal handlers."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 4


def both_work(parent: subprocess.Popen[bytes]) -> bool:
    return len([pid for pid in workers_of(parent) if working(pid)]) == 2


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_that_dies_is_started_again_and_all_end_with_their_parent(
    tmp_path: Path, ledger: Database, receiver: FaultySmtp, valkey: ValkeyServer
) -> None:
    parent = supervised(tmp_path, receiver, valkey)
    wait_for(lambda: both_work(parent))
    victim, other = workers_of(parent)
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(set(workers_of(parent)) - {victim}) == 2)
    assert other in workers_of(parent)
    children = workers_of(parent)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(40) == 0
    assert [pid for pid in children if alive(pid)] == []


def test_workers_whose_parent_was_killed_drain_and_end(
    tmp_path: Path, ledger: Database, receiver: FaultySmtp, valkey: ValkeyServer
) -> None:
    parent = supervised(tmp_path, receiver, valkey)
    wait_for(lambda: both_work(parent))
    children = workers_of(parent)
    parent.kill()
    parent.wait(10)
    wait_for(lambda: [pid for pid in children if alive(pid)] == [])


def test_a_worker_that_does_not_drain_in_time_is_killed(
    tmp_path: Path, ledger: Database, receiver: FaultySmtp, valkey: ValkeyServer
) -> None:
    parent = supervised(tmp_path, receiver, valkey, DRAIN_SECONDS="1")
    wait_for(lambda: both_work(parent))
    stuck, other = workers_of(parent)
    os.kill(stuck, signal.SIGSTOP)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(40) == 0
    assert [pid for pid in (stuck, other) if alive(pid)] == []
