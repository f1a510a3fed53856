"""No bucket ever gives more than it holds and fills, in one process or in many, with Redis or without."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from newsletter.clock import SettableClock, SystemClock
from newsletter.pacing import ALONE_FOR, FEWEST_ALONE, PATIENCE, Buckets, MemoryBuckets, RedisBuckets, connect
from tests.parts.valkey import ValkeyServer

STILL = 1e-6
"""A rate at which nothing flows while a test runs."""


@pytest.fixture
def shared(valkey: ValkeyServer) -> Iterator[tuple[RedisBuckets, RedisBuckets]]:
    """The buckets of two processes on one server."""
    prefix = f"test:{secrets.token_hex(4)}:"
    pair = tuple(RedisBuckets(valkey.url, SystemClock(), prefix=prefix) for _ in range(2))
    yield pair[0], pair[1]
    for buckets in pair:
        buckets.close()


def drain(owners: list[Buckets], question: Callable[[Buckets], int], threads: int = 4, times: int = 40) -> int:
    """Ask many times from many threads; return what was given in all."""
    got: list[int] = []

    def ask(buckets: Buckets) -> None:
        got.extend(question(buckets) for _ in range(times))

    workers = [threading.Thread(target=ask, args=(owners[n % len(owners)],)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(got)


steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "draw", "back", "wait"]), st.integers(1, 12), st.integers(1, 6), st.floats(0.01, 9)
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(steps=steps, rate=st.floats(0.1, 20), capacity=st.integers(1, 20))
def test_a_bucket_never_gives_more_than_it_holds_and_fills(
    steps: list[tuple[str, int, int, float]], rate: float, capacity: int
) -> None:
    clock = SettableClock()
    buckets = MemoryBuckets(clock)
    given_out = 0.0
    for kind, amount, least, seconds in steps:
        if kind == "take":
            given_out += amount if not buckets.take("b", amount, rate=rate, capacity=capacity) else 0
        elif kind == "draw":
            drawn = buckets.draw("b", amount, least=least, rate=rate, capacity=capacity)
            assert (drawn.tokens == 0) == (drawn.wait > 0)
            given_out += drawn.tokens
        elif kind == "back" and given_out >= amount:
            buckets.give_back("b", amount, rate=rate, capacity=capacity)
            given_out -= amount
        elif kind == "wait":
            clock.advance(seconds)
        assert given_out <= capacity + rate * clock.monotonic() + 1e-6


@settings(max_examples=100)
@given(amount=st.integers(1, 10), rate=st.floats(0.1, 50), level=st.integers(0, 9))
def test_after_the_wait_it_named_the_tokens_are_there(amount: int, rate: float, level: int) -> None:
    clock = SettableClock()
    buckets = MemoryBuckets(clock)
    assert buckets.take("b", 10 - level, rate=rate, capacity=10) == 0
    wait = buckets.take("b", amount, rate=rate, capacity=10)
    if wait:
        clock.advance(wait + 1e-6)
        assert buckets.take("b", amount, rate=rate, capacity=10) == 0


def test_threads_share_what_there_is_and_no_more(clock: SettableClock) -> None:
    buckets = MemoryBuckets(clock)
    assert drain([buckets], lambda b: b.draw("b", 3, rate=STILL, capacity=100).tokens) == 100


def test_two_processes_on_one_redis_share_what_there_is_and_no_more(
    shared: tuple[RedisBuckets, RedisBuckets],
) -> None:
    assert drain([*shared], lambda b: b.draw("b", 3, rate=STILL, capacity=100).tokens) == 100
    assert drain([*shared], lambda b: 0 if b.take("t", 1, rate=STILL, capacity=50) else 1) == 50


def test_shared_buckets_fill_no_faster_than_their_rate(shared: tuple[RedisBuckets, RedisBuckets]) -> None:
    started = monotonic()
    got = drain([*shared], lambda b: b.draw("b", 5, rate=200, capacity=20).tokens)
    assert 20 <= got <= 20 + 200 * (monotonic() - started)


@settings(max_examples=40)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["take", "draw", "back"]), st.integers(1, 9), st.integers(1, 5))),
    capacity=st.integers(1, 20),
)
def test_redis_and_memory_answer_alike(steps: list[tuple[str, int, int]], capacity: int, valkey: ValkeyServer) -> None:
    ours: Buckets = RedisBuckets(valkey.url, SystemClock(), prefix=f"test:{secrets.token_hex(8)}:")
    theirs: Buckets = MemoryBuckets(SettableClock())
    answers = []
    for buckets in (ours, theirs):
        heard: list[object] = []
        for kind, amount, least in steps:
            if kind == "take":
                heard.append(buckets.take("b", amount, rate=STILL, capacity=capacity) == 0)
            elif kind == "draw":
                heard.append(buckets.draw("b", amount, least=least, rate=STILL, capacity=capacity).tokens)
            else:
                buckets.give_back("b", amount, rate=STILL, capacity=capacity)
        answers.append(heard)
        buckets.close()
    assert answers[0] == answers[1]


def test_a_flushed_redis_costs_one_full_bucket_and_nothing_else(valkey: ValkeyServer) -> None:
    buckets = RedisBuckets(valkey.url, SystemClock())
    assert buckets.draw("b", 99, rate=STILL, capacity=10).tokens == 10
    valkey.flush()
    assert buckets.draw("b", 99, rate=STILL, capacity=10).tokens == 10
    assert buckets.draw("b", 99, rate=STILL, capacity=10).tokens == 0
    buckets.close()


def test_without_redis_a_process_keeps_to_a_part_of_each_limit_and_comes_back() -> None:
    server = ValkeyServer()
    clock = SettableClock()
    buckets = RedisBuckets(server.url, clock)
    try:
        assert buckets.draw("b", 99, rate=STILL, capacity=100).tokens == 99
        server.kill()
        alone = buckets.draw("b", 99, least=50, rate=STILL, capacity=100)
        assert alone.tokens == 100 / FEWEST_ALONE
        assert buckets.draw("b", 99, rate=STILL, capacity=100).tokens == 0
        assert buckets.take("sign-in", 1, rate=STILL, capacity=2) == 0, "one is always allowed"
        assert buckets.take("sign-in", 1, rate=STILL, capacity=2) > 0
        buckets.give_back("b", 1, rate=STILL, capacity=100)
        server.start()
        clock.advance(ALONE_FOR)
        assert buckets.draw("b", 99, rate=STILL, capacity=100).tokens == 99
    finally:
        buckets.close()
        server.stop()


def test_what_is_given_back_while_redis_is_away_is_there_again_and_no_more_than_the_share() -> None:
    """Else asking whether there is room, or signing in with the right password, would use a limit up by itself."""
    server = ValkeyServer()
    buckets = RedisBuckets(server.url, SettableClock())
    server.stop()
    try:
        for _ in range(20):
            assert buckets.take("t", 3, rate=STILL, capacity=20) == 0
            buckets.give_back("t", 3, rate=STILL, capacity=20)
            drawn = buckets.draw("d", 99, rate=STILL, capacity=20).tokens
            assert drawn == 20 / FEWEST_ALONE
            buckets.give_back("d", drawn, rate=STILL, capacity=20)
        buckets.give_back("d", 4, rate=STILL, capacity=20)
        assert buckets.draw("d", 99, rate=STILL, capacity=20).tokens == 20 / FEWEST_ALONE
    finally:
        buckets.close()


@pytest.mark.parametrize("processes", [2, 8])
def test_however_many_processes_share_a_limit_they_keep_to_it_while_redis_is_away(processes: int) -> None:
    server = ValkeyServer()
    clock = SettableClock()
    prefix = f"test:{secrets.token_hex(4)}:"
    sharers = [RedisBuckets(server.url, clock, prefix=prefix) for _ in range(processes)]
    try:
        for paces in [buckets.shared_paces("smtp") for buckets in sharers] * 2:
            assert paces.look() is not None, "as each of them does once a second"
        server.kill()
        given_out = 0
        for _ in range(100):
            given_out += sum(b.draw("smtp", 99, least=50, rate=100, capacity=100).tokens for b in sharers)
            clock.advance(0.1)
        assert 100 * 10 * min(1, processes / FEWEST_ALONE) * 0.9 <= given_out <= 100 + 100 * 10
    finally:
        for buckets in sharers:
            buckets.close()
        server.stop()


def test_processes_that_begin_while_redis_is_away_count_those_of_their_machine(clock: SettableClock) -> None:
    buckets = RedisBuckets("redis://127.0.0.1:1/0", clock, processes=10)
    assert buckets.draw("b", 99, least=50, rate=STILL, capacity=100).tokens == 10
    buckets.close()


def test_a_server_that_answers_nothing_is_waited_for_and_told_of_once_an_outage() -> None:
    server = ValkeyServer()
    clock = SettableClock()
    buckets = RedisBuckets(server.url, clock)
    try:
        for _ in range(2):
            assert buckets.draw("b", 1, rate=100, capacity=100).tokens == 1
            server.freeze()
            began = monotonic()
            with capture_logs() as said:
                for _ in range(3):
                    assert buckets.draw("b", 1, rate=100, capacity=100).tokens == 1
                    clock.advance(ALONE_FOR)
            assert monotonic() - began < 3 * PATIENCE + 2
            assert [line["event"] for line in said] == ["buckets are not shared for now"]
            server.thaw()
    finally:
        buckets.close()
        server.thaw()
        server.stop()


def test_the_setting_chooses_where_buckets_live(valkey: ValkeyServer, clock: SettableClock) -> None:
    assert isinstance(connect("", clock), MemoryBuckets)
    shared = connect(valkey.url, clock)
    assert isinstance(shared, RedisBuckets)
    shared.close()
