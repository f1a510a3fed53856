"""The long-running commands, run as the processes they are: they answer, and end politely on a signal."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.delivery.heartbeats import Pulse
from newsletter.delivery.signs_of_life import signs
from newsletter.errors import StoreError
from newsletter.signing_keys import ProcessRole
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.cli.conftest import Newsletter
from workers import embedded


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {f"NEWSLETTER_{name}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def said_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    heard = ""
    for line in process.stdout:
        heard += line
        if word in line:
            return heard
    raise AssertionError(heard)


def stopped(process: subprocess.Popen[str], number: int) -> int:
    process.send_signal(number)
    return process.wait(40)


def test_the_demo_shows_its_pages_once_filled_and_fills_nothing_twice(newsletter: Newsletter, folder: Path) -> None:
    inbox = folder / "data" / "inbox" / "new"
    for number in (signal.SIGTERM, signal.SIGINT):
        with running(folder, "demo", PORT="0", SMTP_URL="smtp://127.0.0.1:1?tls=none") as process:
            told = said_until(process, "Ctrl-C")
            base = re.search(r"http://127\.0\.0\.1:\d+", told)
            assert base is not None
            assert re.search(r"/desk/sign-in/link/[\w-]{43} +makes you the owner", told)
            for page in ("/demo", "/demo/subscribe", "/gazette", "/inbox", "/desk"):
                answer = httpx.get(base.group() + page, follow_redirects=True, timeout=20)
                assert answer.status_code == 200, page
            wait_for(lambda: inbox.is_dir() and len(list(inbox.iterdir())) == 26)
            wait_for(lambda: len(newsletter("issue", "list", "-p", "gazette", "--json").json) == 2)
            assert stopped(process, number) == 0
    assert len(list(inbox.iterdir())) == 26
    states = [each["state"] for each in newsletter("issue", "list", "-p", "demo", "--json").json]
    assert states == ["draft", "draft", "sent", "sent", "sent"]
    assert [each["state"] for each in newsletter("issue", "list", "-p", "gazette", "--json").json] == ["draft", "sent"]
    assert len(newsletter("subscriber", "export", "-p", "demo", "--json").json) == 8


def wait_for(ready, seconds: int = 60) -> None:
    for _ in range(seconds * 10):
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_port_that_is_taken_is_told(daily: Newsletter, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("NEWSLETTER_PORT", str(other.getsockname()[1]))
        said = daily(command)
    assert said.code == 6
    assert "NEWSLETTER_PORT" in said.err


def test_serve_sends_by_itself_what_is_scheduled(draft: Newsletter, folder: Path) -> None:
    assert draft("issue", "send", "today", "--despite", "other-date").code == 0
    with running(folder, "serve", PORT="0") as process:
        told = said_until(process, "Serving")
        base = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert base is not None
        assert httpx.get(base.group() + "/healthz", timeout=20).status_code == 200
        wait_for(lambda: draft("issue", "status", "today", "--json").json["state"] == "sent")
        assert stopped(process, signal.SIGTERM) == 0


def test_worker_and_scheduler_send_over_a_broker(
    draft: Newsletter, folder: Path, valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey.flush()
    monkeypatch.setenv("NEWSLETTER_REDIS_URL", valkey.url)
    assert draft("issue", "send", "today", "--despite", "other-date").code == 0
    with running(folder, "worker", "--processes", "1") as worker, running(folder, "scheduler") as scheduler:
        wait_for(lambda: draft("issue", "status", "today", "--json").json["state"] == "sent")
        for role in ("worker", "scheduler"):
            wait_for(lambda: draft("alive", role).code == 0)  # noqa: B023 - waited for here
        assert stopped(scheduler, signal.SIGTERM) == 0
        assert stopped(worker, signal.SIGTERM) == 0
    assert [draft("alive", role).code for role in ("worker", "scheduler")] == [1, 1], "both ended as they should"


def test_a_worker_without_a_broker_says_so_and_one_without_a_ledger_gives_no_sign(tmp_path: Path, valkey) -> None:
    parts = Parts(
        Settings(data_dir=tmp_path, redis_url=valkey.url, _env_file=None), SystemClock(), role=ProcessRole.WORKER
    )
    running = embedded.start(parts, with_scheduler=False)
    try:
        with pytest.raises(StoreError):  # there are no tables
            parts.engine.worker_pulse.beat(running.trouble())
        upgrade(parts.database)
        wait_for(lambda: [sign.works for sign in signs(parts.database, clock=parts.clock)] == [True])
        valkey.kill()
        try:
            wait_for(lambda: [sign.works for sign in signs(parts.database, clock=parts.clock)] == [False])
            [sign] = signs(parts.database, clock=parts.clock)
            assert (sign.lives, "Redis" in sign.trouble) == (True, True), sign.trouble
        finally:
            valkey.start()
        wait_for(lambda: signs(parts.database, clock=parts.clock)[0].works)
    finally:
        running.stop()
    assert signs(parts.database, clock=parts.clock)[0].ended_at is not None
    parts.close()


def test_alive_names_who_cannot_work_and_fails_while_the_database_is_away(
    draft: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert draft("alive", "worker").code == 1, "there is none"
    database = Database(f"sqlite:///{folder / 'data' / 'newsletter.db'}")
    pulse = Pulse(database, SystemClock(), ProcessRole.WORKER)
    pulse.beat()
    said = draft("alive", "worker")
    assert (said.code, said.out) == (0, "1 worker processes are well.\n")
    pulse.beat("the disk is full")
    said = draft("alive", "worker")
    assert said.code == 1
    assert said.out.endswith("cannot work: the disk is full\n")
    pulse.end()
    database.close()
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    said = draft("alive", "worker")
    assert (said.code, "is the database running" in said.err) == (6, True)


def test_migrate_is_done_once(newsletter: Newsletter) -> None:
    assert newsletter("migrate", "--json").json["applied"]
    again = newsletter("migrate", "--json").json
    assert (again["applied"], again["revision"]) == ([], again["revision"])
    assert "Nothing to do" in newsletter("migrate").out
