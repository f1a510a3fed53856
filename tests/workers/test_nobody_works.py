"""A service of several processes on PostgreSQL and Valkey: all are killed, every view says so, and one that starts clears it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.cli.main import run
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.delivery.unattended import nobody_works
from newsletter.model import Batch
from newsletter.model.states import BatchState
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from newsletter.web.app import create_app
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer
from tests.web.seats import Browser, add_editor
from tests.workers.test_processes import environment, wait_for

READERS = 20_000
"""More than are sent to while the test lasts."""
WORKER = ["worker", "--processes", "1", "--threads", "2"]
STATUS = ["issue", "status", "first", "-p", "daily"]


class Service:
    """Processes of one service; `kill` ends them all as a power cut would, with the processes they started."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> None:
        """Start a process, in a group of its own."""
        started = subprocess.Popen(
            [sys.executable, "-m", "newsletter", *command],
            env=self.settings,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.append(started)

    def kill(self) -> None:
        """kill -9 everything."""
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
        self.running.clear()


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def says(service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command of the operator's: its exit code, and what it said."""
    for name, value in service.settings.items():
        if name.startswith("NEWSLETTER_"):
            monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        return run(list(arguments)), capsys.readouterr().out

    return command


def at_work(says: Command) -> list[dict[str, str]]:
    """What the doctor says of who is at work."""
    return [result for result in json.loads(says("doctor", "--json")[1]) if result["name"] == "at work"]


@pytest.fixture
def receiver() -> Iterator[FaultySmtp]:
    """It takes its time: there is work for as long as the test lasts."""
    server = FaultySmtp(Faults(pause=0.2))
    yield server
    server.stop()


@pytest.fixture
def ledger(postgres: PostgresServer) -> Iterator[Database]:
    database, clock = Database(postgres.url(postgres.create_database())), SystemClock()
    upgrade(database)
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, READERS)
    add_issue(database, clock, publication)
    yield database
    database.close()


@pytest.fixture
def service(tmp_path: Path, ledger: Database, receiver: FaultySmtp, valkey: ValkeyServer) -> Iterator[Service]:
    valkey.flush()
    settings = environment(tmp_path, receiver, REDIS_URL=valkey.url, DATABASE_URL=ledger.url, LEASE_SECONDS="60")
    made = Service(settings)
    yield made
    made.kill()


@pytest.fixture
def parts(tmp_path: Path, ledger: Database, valkey: ValkeyServer) -> Parts:
    """Those of a web server that lives on."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=ledger.url,
        redis_url=valkey.url,
        base_url="http://news.test",
        secret_key="a secret for tests only, which is long enough",
        _env_file=None,
    )
    made = Parts(settings, SystemClock())
    made.__dict__["database"] = ledger
    return made


@pytest.mark.timeout(400)
def test_all_killed_every_view_says_so_and_one_that_starts_clears_it(
    service: Service, says: Command, ledger: Database, parts: Parts
) -> None:
    app = create_app(parts)
    editor = Browser(app)
    editor.take_seat(parts, add_editor(parts))
    scraper = Browser(app, host="127.0.0.1:8025", ip="127.0.0.1")
    for command in (["scheduler"], ["scheduler"], WORKER, WORKER):
        service.start(*command)
    wait_for(lambda: gauges(scraper)[:2] == (2.0, 2.0))
    wait_for(lambda: "a second, about" in says(*STATUS)[1])
    assert "Nobody is sending" not in shown(editor)
    assert says("alive", "worker")[0] == 0

    service.kill()
    wait_for(lambda: "nobody is sending" in says(*STATUS)[1])
    assert gauges(scraper)[:2] == (0.0, 0.0)
    status = json.loads(says(*STATUS, "--json")[1])
    assert (status["state"], status["rate_per_second"], status["eta_seconds"]) == ("sending", 0.0, None)
    assert [sign["gone"] for sign in status["at_work"]] == [True] * 4
    wait_for(lambda: shown(editor).count("Nobody is sending.") == 2)
    wait_for(lambda: "no scheduler is at work" in (nobody_works(ledger, clock=parts.clock) or ""))
    [wrong] = [result for result in at_work(says) if result["verdict"] == "wrong"]
    assert wrong["what"].startswith("the issue first is due, and no scheduler is at work; the last was ")
    assert wrong["remedy"].startswith("see that `newsletter scheduler` runs")
    assert (says("doctor")[0], says("alive", "worker")[0]) == (1, 1)
    assert gauges(scraper)[2] > 0
    with ledger.read() as session:
        held = list(session.scalars(select(Batch.id).where(Batch.state == BatchState.CLAIMED)))
    assert held, "leases of the dead run on, and make nobody seem alive"

    service.start("scheduler")
    wait_for(lambda: "no worker is at work" in (nobody_works(ledger, clock=parts.clock) or ""))
    [wrong] = [result for result in at_work(says) if result["verdict"] == "wrong"]
    assert wrong["what"].startswith("the issue first is due, and no worker is at work; ")
    service.start(*WORKER)
    wait_for(lambda: gauges(scraper)[:2] == (1.0, 1.0))
    assert not any(result["verdict"] == "wrong" for result in at_work(says))
    assert "Nobody is sending" not in shown(editor)
    wait_for(lambda: " a second" in says(*STATUS)[1])


def gauges(scraper: Browser) -> tuple[float, float, float]:
    """Workers alive, schedulers alive, and the age of the last batch, as Prometheus is told."""
    answer = scraper.get("/metrics")
    assert answer.status_code == httpx.codes.OK
    told = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    names = ("workers_alive", "schedulers_alive", "last_batch_age_seconds")
    return tuple(float(told.get(f"newsletter_{name}", "nan")) for name in names)  # type: ignore[return-value]


def shown(editor: Browser) -> str:
    """The front page of the desk and the page of the issue."""
    return editor.get("/desk").text + editor.get("/desk/daily/issues/1").text
