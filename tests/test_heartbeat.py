"""Signs of life: given after a good round, old when a process hangs, gone when it ends, and nothing of a dead one counts."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.heartbeat import OLD_SECONDS, STALE_SECONDS, Heartbeat, Signs, signs_of


def sign(folder: Path, pid: int, clock: SettableClock, role: str = "worker") -> Path:
    """Give a sign in the name of another process."""
    Heartbeat(folder, role, clock).beat()
    own = next(path for path in (folder / "alive").iterdir() if path.name.endswith(f".{os.getpid()}"))
    return own.rename(own.with_suffix(f".{pid}"))


def test_a_process_is_well_until_its_last_good_round_is_too_long_ago(tmp_path: Path, clock: SettableClock) -> None:
    heartbeat = Heartbeat(tmp_path, "worker", clock)
    heartbeat.beat()
    clock.sleep(STALE_SECONDS - 1)
    assert signs_of(tmp_path, "worker", clock) == Signs(1, ())
    clock.sleep(2)
    assert signs_of(tmp_path, "worker", clock) == Signs(0, (os.getpid(),))
    heartbeat.beat()
    assert signs_of(tmp_path, "worker", clock).good
    heartbeat.end()
    assert signs_of(tmp_path, "worker", clock) == Signs(0, ())
    heartbeat.end()


def test_one_that_hangs_is_told_although_another_is_well(tmp_path: Path, clock: SettableClock) -> None:
    sign(tmp_path, os.getppid(), clock)
    clock.sleep(STALE_SECONDS + 1)
    Heartbeat(tmp_path, "worker", clock).beat()
    found = signs_of(tmp_path, "worker", clock)
    assert (found.well, found.stuck, found.good) == (1, (os.getppid(),), False)


def test_what_a_dead_process_left_says_nothing_and_is_removed(tmp_path: Path, clock: SettableClock) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(20)
    left = sign(tmp_path, ended.pid, clock)
    (tmp_path / "alive" / left.with_suffix(".nonsense").name).touch()
    assert signs_of(tmp_path, "worker", clock) == Signs(0, ())
    assert list((tmp_path / "alive").iterdir()) == []


def test_roles_and_hosts_are_told_apart_and_signs_of_hosts_long_gone_are_forgotten(
    tmp_path: Path, clock: SettableClock
) -> None:
    Heartbeat(tmp_path, "scheduler", clock).beat()
    other = tmp_path / "alive" / f"worker.other-host.{os.getpid()}"
    other.touch()
    old = clock.now().timestamp() - OLD_SECONDS - 1
    os.utime(other, (old, old))
    assert signs_of(tmp_path, "worker", clock) == Signs(0, ())
    Heartbeat(tmp_path, "worker", clock).beat()
    assert not other.exists()
    assert signs_of(tmp_path, "worker", clock) == signs_of(tmp_path, "scheduler", clock) == Signs(1, ())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "alive").iterdir()} == {0o600}


def test_a_folder_that_cannot_be_written_stops_no_work(
    tmp_path: Path, clock: SettableClock, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "alive").touch()
    heartbeat = Heartbeat(tmp_path, "worker", clock)
    for _ in range(3):
        heartbeat.beat()
    heartbeat.end()
    assert capsys.readouterr().out.count("cannot give a sign of life") == 1
