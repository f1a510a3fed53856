"""What a test run started ends with it, even with kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.waiting import comes_true

ROOT = Path(__file__).resolve().parents[2]
STARTS = {
    "postgres": "from tests.parts.postgres import PostgresServer as Server",
    "valkey": "from tests.parts.valkey import ValkeyServer as Server",
}


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_interrupted_leaves_no_server(name: str, by: signal.Signals) -> None:
    script = f"{STARTS[name]}\nserver = Server()\nprint(server._process.pid, getattr(server, 'folder', ''), flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as run:
        assert run.stdout is not None
        number, _, folder = run.stdout.readline().strip().partition(" ")
        assert runs(int(number))
        run.send_signal(by)
    assert comes_true(lambda: not runs(int(number)), within=60)
    assert not folder or comes_true(lambda: not Path(folder).exists(), within=60)
