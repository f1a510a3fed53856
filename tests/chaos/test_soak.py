"""A soak as an operator runs it: real PostgreSQL, Valkey and processes. `make chaos` runs every fault on 20,000 deliveries, the suite a few on some thousand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsletter.bench.soak.faults import BY_KEY
from tests.chaos.test_chaos import LONG
from tests.chaos.test_chaos import SEED as CHAOS_SEED

SEED = str(CHAOS_SEED)
DELIVERIES = 20_000 if LONG else 3000
FAULTS = [] if LONG else ["host-killed", "receiver-refuses"]


def soak(*words: str) -> list[str]:
    return [sys.executable, "-m", "newsletter", "bench", "soak", "--seed", SEED, *words]


def run_politely(command: list[str], seconds: float) -> tuple[int, str, str]:
    """Run a command; one that takes too long is told to end, so that it ends what it started."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            printed, said = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.terminate()
            printed, said = running.communicate()
    return running.returncode, printed, said


@pytest.mark.timeout(3600 if LONG else 900)
def test_everyone_gets_it_once_under_faults_that_are_told_and_mended(tmp_path: Path) -> None:
    named = [word for fault in FAULTS for word in ("--faults", fault)]
    command = soak("--deliveries", str(DELIVERIES), *named, "--logs", str(tmp_path), "--json")
    code, printed, said = run_politely(command, 3500 if LONG else 850)
    assert printed, said
    found = json.loads(printed)
    print(printed)
    assert found["wrong"] == []
    assert code == 0
    readers = found["readers"]
    assert (readers["missing"], readers["doubled"], readers["untold"], readers["lost"]) == (0, 0, 0, 0)
    assert readers["mails"] == DELIVERIES - readers["uncertain"] + readers["uncertain_taken"]
    assert sorted(fault["fault"].replace(" ", "-") for fault in found["faults"]) == sorted(FAULTS or BY_KEY)
    assert all(fault["recovered"] is not None and fault["silent"] == 0 for fault in found["faults"])
    logs = {path.name for path in tmp_path.glob("*.log")}
    assert logs == {"host1.log", "host2.log", "scheduler1.log", "scheduler2.log", "web.log"}


def processes_below(folder: Path) -> list[str]:
    """Command lines of processes, whosever, that have our folder in their environment."""
    mark = f"TMPDIR={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_text(errors="replace").replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] if LONG else [signal.SIGTERM])
def test_one_that_is_interrupted_leaves_no_process_and_no_folder(number: signal.Signals) -> None:
    # not below pytest's own folder: PostgreSQL runs as another user there
    folder = Path(f"/tmp/newsletter-soak-test-{os.getpid()}-{number.value}")
    folder.mkdir(mode=0o711)
    environment = os.environ | {"TMPDIR": str(folder)}
    command = soak("--deliveries", "1000", "--faults", "host-killed")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("host killed"):  # everything is at work
                break
        assert len(processes_below(folder)) > 8
        running.send_signal(number)
        running.stderr.read()
        assert running.wait(200) == 130
    deadline = time.monotonic() + 60
    while (left := processes_below(folder)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []
    assert list(folder.iterdir()) == []
    folder.rmdir()


def test_a_fault_that_there_is_not_is_told_with_those_there_are() -> None:
    done = subprocess.run(soak("--faults", "earthquake"), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "host-killed" in done.stderr
    assert "Traceback" not in done.stderr
