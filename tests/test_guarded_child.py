"""A child that works on hostile input: killed when slow, ended when too large, and never a trouble to its parent."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from newsletter.errors import InputError
from newsletter.guarded_child import (
    MOST_ANSWER,
    ChildDiedError,
    ChildDownError,
    ChildRefusedError,
    ChildSlowError,
    GuardedChild,
)
from tests.parts.waiting import comes_true

MB = 1 << 20
OBEDIENT = """
import os, sys, time
from newsletter.guarded_child import serve
def answer(question):
    order, content = question
    if order == b"length":
        return [len(content), os.getpid()]
    if order == b"take":
        return len(bytearray(int(content) << 20))
    if order == b"run away":
        while True: pass
    if order == b"end":
        sys.stderr.write(content.decode()); sys.stderr.flush(); os._exit(3)
    if order == b"shout":
        sys.stderr.write("x" * 300_000); sys.stderr.flush()
    while order == b"complain":
        sys.stderr.write("x" * 100_000); sys.stderr.flush()
    if order == b"print":
        print(content.decode(), flush=True)
    if order == b"much":
        return ["x" * 70_000_000]
    if order == b"fail":
        raise ValueError("the words of " + content.decode())
    return {"order": order.decode()}
serve(answer, pieces=2)
"""


def child_of(source: str, *, seconds: float = 20.0, memory: int = 512 * MB) -> GuardedChild:
    return GuardedChild((sys.executable, "-c", source), seconds=seconds, memory=memory, where="here")


@pytest.fixture
def child() -> Iterator[GuardedChild]:
    made = child_of(OBEDIENT)
    yield made
    made.close()


@pytest.fixture
def hurried() -> Iterator[GuardedChild]:
    made = child_of(OBEDIENT, seconds=1.5)
    yield made
    made.close()


@pytest.mark.parametrize("length", [0, 1, 65_536, 5_000_000])
def test_a_question_of_any_length_is_answered(child: GuardedChild, length: int) -> None:
    assert child.ask(b"length", b"x" * length)[0] == length


def test_one_child_answers_many_questions_and_another_comes_after_it_is_closed(child: GuardedChild) -> None:
    pids = [child.ask(b"length", b"")[1] for _ in range(3)]
    child.close()
    assert len({*pids, child.ask(b"length", b"")[1]}) == 2


def test_what_is_slow_and_what_ends_it_are_told_apart_and_the_next_is_read(hurried: GuardedChild) -> None:
    with pytest.raises(ChildSlowError, match=r"here: reading it took more than 1\.5 seconds"):
        hurried.ask(b"run away", b"")
    with pytest.raises(ChildSlowError):
        hurried.ask(b"complain", b"")
    with pytest.raises(ChildDiedError, match="here: reading it ended the reader: out of paper"):
        hurried.ask(b"end", b"out of paper")
    assert hurried.ask(b"fine", b"") == {"order": "fine"}


def test_more_memory_than_it_may_have_ends_it(child: GuardedChild) -> None:
    assert child.ask(b"take", b"300") == 300 * MB
    with pytest.raises(ChildDiedError, match="no more memory"):
        child.ask(b"take", b"600")
    assert child.ask(b"take", b"300") == 300 * MB


def test_what_it_cannot_answer_is_told_without_the_words_of_the_input_and_it_lives_on(child: GuardedChild) -> None:
    before = child.ask(b"length", b"")[1]
    with pytest.raises(ChildRefusedError, match=r"^here: reading it failed: ValueError$"):
        child.ask(b"fail", b"the input")
    with pytest.raises(ChildRefusedError, match="more than 64 MB"):
        child.ask(b"much", b"")
    assert child.ask(b"length", b"")[1] == before


def test_each_fault_of_an_input_is_an_error_of_input() -> None:
    assert all(issubclass(kind, InputError) for kind in (ChildSlowError, ChildDiedError, ChildRefusedError))
    assert not issubclass(ChildDownError, InputError)


def test_what_it_prints_is_no_answer_and_what_it_complains_of_stops_nobody(child: GuardedChild) -> None:
    assert child.ask(b"print", b"[1]") == {"order": "print"}
    assert [child.ask(b"shout", b"")["order"] for _ in range(3)] == ["shout"] * 3
    with pytest.raises(ChildDiedError) as raised:
        child.ask(b"end", b"x" * 300_000)
    assert len(raised.value.what) < 2100


RAW = "import sys, time\nout = sys.stdout.buffer\nout.write(b'ready\\n'); out.flush()\n"


def test_a_child_that_does_not_hear_the_question_keeps_nobody_waiting() -> None:
    deaf = child_of(RAW + "time.sleep(60)", seconds=0.3)
    with pytest.raises(ChildSlowError):
        deaf.ask(b"x" * 10_000_000)
    deaf.close()


@pytest.mark.parametrize(
    "answer",
    [
        f"({MOST_ANSWER + 1}).to_bytes(4, 'big')",
        "(3).to_bytes(4, 'big') + b'[1,'",
        "(3).to_bytes(4, 'big') + b'\\xff\\xff\\xff'",
        "(2_000_000).to_bytes(4, 'big') + b'[' * 2_000_000",
        "b'\\0\\0'",
        "(5).to_bytes(4, 'big') + b'[1'",
    ],
)
def test_an_answer_that_is_none_ends_it(answer: str) -> None:
    odd = child_of(RAW + f"sys.stdin.buffer.read(5)\nout.write({answer}); out.flush()")
    with pytest.raises(ChildDiedError):
        odd.ask(b"x")
    odd.close()


@pytest.mark.parametrize("source", ["", "raise SystemExit('a library is missing')", "print('hello there')"])
def test_a_child_that_does_not_start_is_no_fault_of_the_input(source: str) -> None:
    with pytest.raises(ChildDownError, match="the reader does not start") as raised:
        child_of(source).ask(b"x")
    assert ("a library is missing" in raised.value.what) == ("missing" in source)


def test_threads_take_turns_and_each_gets_its_own_answer(child: GuardedChild) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert [n for n, _ in threads.map(lambda n: child.ask(b"length", b"x" * n), range(200))] == list(range(200))


def test_a_process_with_many_files_open_is_answered_too(child: GuardedChild) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip("this process may not open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    try:
        with ExitStack() as stack:
            for _ in range(1100):
                stack.callback(os.close, os.open("/dev/null", os.O_RDONLY))
            assert child.ask(b"length", b"abc")[0] == 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_child_whose_parent_was_killed_ends_though_it_runs_away(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    runs = OBEDIENT.replace(
        "while True: pass", f"open({str(noted)!r}, 'w').write(str(os.getpid()) + '.')\n        while True: pass"
    )
    source = (
        "import sys; from newsletter.guarded_child import GuardedChild\n"
        f"GuardedChild((sys.executable, '-c', {runs!r}), seconds=2, memory=1 << 29).ask(b'run away', b'')"
    )
    parent = subprocess.Popen([sys.executable, "-c", source])
    try:
        assert comes_true(lambda: noted.is_file() and noted.read_text().endswith("."), within=30)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
    gone = Path("/proc") / noted.read_text().removesuffix(".")
    assert comes_true(lambda: not gone.exists() or "State:\tZ" in (gone / "status").read_text(), within=30)
