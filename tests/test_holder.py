"""A lease says whose it is, and whether that process has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from newsletter import holder as module
from newsletter.holder import holder, is_gone


def of_a_child() -> tuple[subprocess.Popen[str], str]:
    """Start a process that says who it is and lives until its input is closed."""
    script = "import sys; from newsletter.holder import holder; print(holder(), flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    return child, child.stdout.readline().strip()


def test_a_process_is_gone_once_it_was_killed_and_not_before() -> None:
    child, name = of_a_child()
    try:
        assert not is_gone(name)
    finally:
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert is_gone(name), "a zombie: nobody asked yet how it ended"
    finally:
        child.communicate()
    assert is_gone(name)


def test_this_process_is_not_gone() -> None:
    assert not is_gone(holder())


def test_each_thread_has_a_name_of_its_own() -> None:
    names = [holder()]
    thread = threading.Thread(target=lambda: names.append(holder()))
    thread.start()
    thread.join()
    assert len(set(names)) == 2


def test_a_process_id_that_came_back_is_another_process() -> None:
    assert is_gone(holder()[:-1] + ("1" if holder()[-1] != "1" else "2"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "host",
        "host:1:2",  # as earlier releases wrote it
        "elsewhere:999999999:1:0.5",
        ":::.",
        "a:b:c:d.e",
    ],
)
def test_of_others_nothing_can_be_told(name: str) -> None:
    assert not is_gone(name)


def test_of_another_machine_or_container_nothing_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    child, name = of_a_child()
    child.kill()
    child.communicate()
    monkeypatch.setattr(module, "_mark", lambda: "another")
    assert not is_gone(name)
    monkeypatch.undo()
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert not is_gone(name)


def test_where_nothing_tells_processes_apart_nobody_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(module, "_PROC", tmp_path)
    module._mark.cache_clear()
    try:
        assert holder().endswith(":.0")
        assert not is_gone(holder())
    finally:
        monkeypatch.undo()
        module._mark.cache_clear()


def test_a_name_fits_into_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "a" * 253)
    monkeypatch.setattr("os.getpid", lambda: 2**22)
    assert len(holder()) <= 100
