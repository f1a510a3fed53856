"""A whole process whose clock is a day ahead, by Debian's faketime, then one whose clock is right: sent once, and it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SystemClock
from newsletter.holder import holder
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.conftest import absent
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.postgres import PostgresServer
from tests.workers.test_processes import environment, wait_for

FAKETIME = Path("/usr/bin/faketime")
READERS = 150


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Each database, brought to this release, with an issue that is due."""
    if not os.access(FAKETIME, os.X_OK):
        absent("faketime")
    url = f"sqlite:///{tmp_path / 'newsletter.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create_database())
    database, clock = Database(url), SystemClock()
    upgrade(database)
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, READERS)
    add_issue(database, clock, publication)
    yield database
    database.close()


@pytest.fixture
def receiver() -> Iterator[FaultySmtp]:
    """A server that takes its time, so that there is a middle."""
    server = FaultySmtp(Faults(pause=0.2))
    yield server
    server.stop()


def by_clock(offset: str, folder: Path) -> dict[str, str]:
    """What faketime sets for a process whose clock is off by `offset`, as its own program says; time goes on as ever."""
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    command = [FAKETIME, "--exclude-monotonic", "-f", offset, sys.executable, "-c", script]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    # Its library refuses to sleep until a moment of the monotonic clock (0.9.10), as time.sleep does: here it sleeps for a while.
    shim = folder / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text("import select, time\ntime.sleep = lambda s: select.select([], [], [], s)\n")
    kept = {name: told[name] for name in ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")}
    # Without the memory that it shares with its program, which ends before the process does.
    return kept | {"FAKETIME_DISABLE_SHM": "1", "PYTHONPATH": str(shim)}


def settings(ledger: Database, folder: Path, receiver: FaultySmtp) -> dict[str, str]:
    """The environment of each process."""
    return environment(folder, receiver, DATABASE_URL=ledger.engine.url.render_as_string(hide_password=False))


def ask(given: dict[str, str], *command: str) -> str:
    """Run a command with the right clock, and return what it prints."""
    run = subprocess.run(
        [sys.executable, "-m", "newsletter", *command],
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.stdout


@pytest.mark.timeout(600)
def test_an_issue_begun_by_a_clock_that_is_a_day_ahead_is_sent_once_and_it_is_told_whose_clock_it_is(
    tmp_path: Path, ledger: Database, receiver: FaultySmtp
) -> None:
    given, started = settings(ledger, tmp_path, receiver), []

    def start(**clock: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "workers", "embedded", "2"]
        started.append(subprocess.Popen(command, env=given | clock, stdin=subprocess.DEVNULL))
        return started[-1]

    try:
        ahead = start(**by_clock("+1d", tmp_path))
        if ledger.is_postgresql:  # whose own clock shows it: this process neither leads nor sends
            wait_for(lambda: "cannot work" in troubles(given), 120)
            assert "clock" in troubles(given)
            start()
            wait_for(lambda: is_sent(ledger), 120)
            assert_sent_once(ledger, receiver)
            return
        wait_for(lambda: len(receiver.taken.accepted) > 8, 120)
        receiver.faults.pause = 8.0  # while questions are asked
        who = f"{holder().split(':')[0]}:{ahead.pid}"
        looks = json.loads(ask(given, "doctor", "--json"))
        [told] = [look for look in looks if who in look["what"] and ": scheduler is " in look["what"]]
        assert told["verdict"] == "doubtful" and told["what"].startswith("a clock was ahead: scheduler is")
        said = ask(given, "issue", "status", "first", "-p", "daily")
        assert any(who in line and "a clock was ahead there" in line for line in said.splitlines()), said
        ahead.send_signal(signal.SIGTERM)
        receiver.faults.pause = 0.0
        assert ahead.wait(60) == 0
        assert 0 < states(ledger)["submitted"] == len(receiver.taken.accepted) < READERS
        right = start()
        wait_for(lambda: is_sent(ledger), 120)
        assert "clock was ahead" not in ask(given, "doctor", "--json")
        right.send_signal(signal.SIGTERM)
        assert right.wait(40) == 0
        assert_sent_once(ledger, receiver)
    finally:
        for process in started:
            process.kill()
            process.wait()


def assert_sent_once(ledger: Database, receiver: FaultySmtp) -> None:
    """Each reader got it, and nobody twice."""
    assert states(ledger) == {"submitted": READERS}
    assert len(set(receiver.taken.recipients)) == len(receiver.taken.accepted) == READERS


def troubles(given: dict[str, str]) -> str:
    """What doctor says of those who live and cannot work."""
    looks = json.loads(ask(given, "doctor", "--json"))
    return " ".join(look["what"] for look in looks if look["name"] == "at work" and look["verdict"] == "doubtful")


def is_sent(ledger: Database) -> bool:
    """Tell whether the issue is at its end."""
    with ledger.read() as session:
        return session.scalars(select(Issue.state)).one() is IssueState.SENT
