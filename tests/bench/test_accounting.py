"""CPU seconds are those of a process and all below it, the ended ones, too."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from newsletter.bench.accounting import server_of, usage

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"


def test_what_a_process_and_its_children_use_is_counted() -> None:
    before = usage(os.getpid())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    between = usage(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    after = usage(os.getpid())
    assert between.cpu_seconds - before.cpu_seconds > 0.1
    assert after.cpu_seconds - between.cpu_seconds > 0.2
    assert after.peak_octets > 1_000_000


def test_what_is_less_than_a_tick_of_the_clock_is_counted() -> None:
    briefly = (
        "import time\nfor _ in range(2):\n    end = time.process_time() + 0.003\n"
        "    while time.process_time() < end: pass\n"
        "    time.sleep(0.01)\n"  # the kernel adds up when a thread rests
        "    print(flush=True)\n    input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", briefly], stdin=-1, stdout=-1) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        before = usage(child.pid).cpu_seconds
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        assert usage(child.pid).cpu_seconds - before >= 0.003
        child.communicate(b"\n")


def test_a_child_that_still_runs_is_counted() -> None:
    before = usage(os.getpid())
    with subprocess.Popen([sys.executable, "-c", BURN + "print(flush=True)\ninput()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert usage(os.getpid()).cpu_seconds - before.cpu_seconds > 0.2
        assert usage(child.pid).cpu_seconds > 0.2
        child.communicate(b"\n")


def test_where_there_is_no_process_nothing_is_counted() -> None:
    assert usage(None).cpu_seconds == 0
    assert usage(2**22 + 1).cpu_seconds == 0
    assert server_of(None, "postgres") is None
    assert server_of(os.getpid(), "postgres") is None
