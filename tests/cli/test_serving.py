"""`newsletter serve` as a process of its own, against a thousand clients that never finish what they begin."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from newsletter.audience.asking import FORM_MIN_SECONDS
from newsletter.cli.connections import FEWEST_CONNECTIONS, MOST_CONNECTIONS, OTHER_FILES, room_for_connections
from newsletter.web.crowd import MOST_IN_WORK
from tests.cli.conftest import Newsletter
from tests.parts.raw_http import GET, RawClient
from tests.parts.waiting import comes_true

COUNT = 1100
FILES = 1024
HALF = {
    "half a head": GET + b"Cookie: a=b\r\n",
    "half a body": b"POST /daily/subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\naddress=",
    "silence": b"",
}


@contextmanager
def serving(folder: Path, *, files: int) -> Iterator[int]:
    """Run `serve` with so many open files and yield its port."""
    with subprocess.Popen(
        ["/bin/sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", sys.executable, "-m", "newsletter", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=os.environ | {"NEWSLETTER_PORT": "0"},
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            heard = ""
            for line in process.stdout:
                heard += line
                if "Serving" in line:
                    break
            found = re.search(r"http://127\.0\.0\.1:(\d+)", heard)
            assert found, heard
            yield int(found[1])
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()


def is_healthy(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process opens more files than most do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * COUNT:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * COUNT, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("networks", [1, 200], ids=["from one address", "from many"])
@pytest.mark.parametrize("begun", HALF.values(), ids=HALF)
def test_a_thousand_half_open_requests_keep_nobody_out(
    daily: Newsletter, folder: Path, many_files: None, begun: bytes, networks: int
) -> None:
    clients: list[RawClient] = []
    with serving(folder, files=FILES) as port:
        try:
            for n in range(COUNT):
                clients.append(RawClient(port, source=f"127.0.{1 + n % networks}.1").send(begun))
                if n % 100 == 99:
                    assert is_healthy(port), f"after {n + 1}"
            assert sum(client.is_open() for client in clients) < FILES
            assert is_healthy(port)
        finally:
            for client in clients:
                client.close()


@pytest.mark.timeout(120)
def test_a_request_that_stays_half_is_ended_by_the_real_server(daily: Newsletter, folder: Path) -> None:
    with serving(folder, files=FILES) as port:
        client = RawClient(port).send(GET)
        assert client.heard().startswith(b"HTTP/1.1 408 ")
        client.close()


def test_what_a_proxy_says_is_believed_by_our_setting_alone(
    daily: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn would believe this machine, or whomever FORWARDED_ALLOW_IPS names."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    forged = {"x-forwarded-for": "203.0.113.9"}
    with serving(folder, files=FILES) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        token = re.search(r'name="token" value="([^"]+)"', client.get("/daily/subscribe").text)
        assert token is not None
        time.sleep(FORM_MIN_SECONDS + 1)  # a person is not faster
        form = {"address": "pip@pear.example", "token": token[1]}
        assert client.post("/daily/subscribe", data=form, headers=forged).status_code == 303
        assert (client.get("/inbox").status_code, client.get("/inbox", headers=forged).status_code) == (200, 303)

    ledger = sqlite3.connect(folder / "data" / "newsletter.db")
    assert comes_true(lambda: ledger.execute("select ip from consent_records").fetchall() == [("127.0.0.1",)])
    ledger.close()


@pytest.mark.parametrize(
    ("limits", "room", "soft"),
    [
        ((1024, 1024), 1024 - OTHER_FILES - 8, 1024),
        ((256, 2048), 2048 - OTHER_FILES - 8, 2048),
        ((1024, 10**6), MOST_CONNECTIONS, MOST_CONNECTIONS + OTHER_FILES + 8),
        ((64, 64), FEWEST_CONNECTIONS, 64),
        ((10**6, 10**6), MOST_CONNECTIONS, 10**6),
    ],
)
def test_the_limit_of_files_is_raised_as_far_as_it_may_be(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], room: int, soft: int
) -> None:
    now = list(limits)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (now[0], now[1]))
    monkeypatch.setattr(resource, "setrlimit", lambda which, new: now.__setitem__(slice(None), list(new)))
    assert room_for_connections(also_open=8) == room
    assert now == [soft, limits[1]]


SECRET = "a secret of the hook's own"


@pytest.mark.timeout(300)
def test_beyond_what_can_be_worked_on_one_is_told_to_come_back(
    daily: Newsletter, folder: Path, many_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds the ledger, so that every call of the hook waits in its thread, or for one."""
    monkeypatch.setenv("NEWSLETTER_INBOUND_SECRET", SECRET)
    beyond = 40
    clients: list[RawClient] = []
    with serving(folder, files=FILES) as port:
        ledger = sqlite3.connect(folder / "data" / "newsletter.db", isolation_level=None)
        ledger.execute("BEGIN IMMEDIATE")
        try:
            head = (
                f"POST /hooks/mail HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: 9\r\n\r\n"
            )
            for n in range(MOST_IN_WORK + beyond):
                content = f"From: {n:03}".encode()
                clients.append(RawClient(port, source=f"127.0.{1 + n % 9}.5").send(head.encode() + content))
            assert comes_true(lambda: any(client.has_answer() for client in clients), within=30)
            answered = [client for client in clients if client.has_answer()]
            told = [client.answer() for client in answered]
            assert told and all(b"HTTP/1.1 503 " in answer and b"\r\nretry-after: " in answer for answer in told)
            assert any(b"Many are here" in answer for answer in told)
            assert is_healthy(port)
        finally:
            ledger.execute("ROLLBACK")
            ledger.close()
        waited = [client.answer() for client in clients if client not in answered]
        assert any(answer.startswith(b"HTTP/1.1 202 ") for answer in waited)
        for client in clients:
            client.close()


SLOW_FORMS = {
    "separators": ("/daily/subscribe", b"&" * 65_000),
    "fields": ("/daily/subscribe", b"a&" * 32_000),
    "many separators": ("/desk/daily/issues/1", b"&" * 2_000_000),
    "percent signs": ("/desk/daily/issues/1", b"text=" + b"%41" * 600_000),
    "at the sign-in": ("/desk/sign-in", b"&" * 2_000_000),
}


@pytest.mark.timeout(300)
def test_forms_made_to_be_slow_are_answered_and_keep_nobody_waiting(daily: Newsletter, folder: Path) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    with serving(folder, files=FILES) as port, ThreadPoolExecutor(8) as several:
        for name, (path, content) in SLOW_FORMS.items():
            address = f"http://127.0.0.1:{port}{path}"
            sent = [several.submit(httpx.post, address, content=content, headers=form, timeout=60) for _ in range(10)]
            assert is_healthy(port), name
            assert {one.result().status_code for one in sent} <= {303, 413, 422}, name
