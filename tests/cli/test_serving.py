"""`newsletter serve` as a process of its own, against a thousand clients that never finish what they begin."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from newsletter.cli.connections import FEWEST_CONNECTIONS, MOST_CONNECTIONS, OTHER_FILES, room_for_connections
from tests.cli.conftest import Newsletter
from tests.parts.raw_http import GET, RawClient

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
    """uvicorn would believe the machine itself, or whomever FORWARDED_ALLOW_IPS names: the inbox must stay shut."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with serving(folder, files=FILES) as port:
        inbox = f"http://127.0.0.1:{port}/inbox"
        assert httpx.get(inbox, timeout=60).status_code == 200
        assert httpx.get(inbox, headers={"x-forwarded-for": "127.0.0.1"}, timeout=60).status_code == 303


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
