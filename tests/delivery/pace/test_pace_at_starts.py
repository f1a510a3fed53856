"""Whoever starts, and whenever: nobody sends faster than the pace that all share, but for one bucket's worth."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.clock import SettableClock, SystemClock
from newsletter.config import Settings
from newsletter.delivery.pace.adaptive import LOOK_EVERY
from newsletter.delivery.pace.throttling import Throttle, throttle_of
from newsletter.pacing import ALONE_FOR, FORGOTTEN_AFTER, KeptPace, MemoryBuckets, RedisBuckets, SeenPaces, SharedPaces
from newsletter.store.database import Database
from tests.parts.valkey import ValkeyServer

PACE = 40.0
WAITING = [(n, "gmail.com") for n in range(1000)]


@dataclass
class Slow:
    """The paces of a process, looked up so slowly that others come meanwhile."""

    paces: SharedPaces
    before: Callable[[], object]
    looks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> SeenPaces | None:
        with self.lock:
            self.looks += 1
        self.before()
        return self.paces.look()

    def offer(self, group: str, pace: KeptPace) -> KeptPace | None:
        return self.paces.offer(group, pace)


@dataclass
class Service:
    """Processes that share one Valkey and one ledger."""

    url: str
    database: Database
    prefix: str
    opened: list[RedisBuckets] = field(default_factory=list)

    def process(self, clock: SystemClock | SettableClock | None = None) -> Throttle:
        """Start one, which has looked at nothing yet."""
        clock = clock or SystemClock()
        self.opened.append(RedisBuckets(self.url, clock, prefix=self.prefix))
        return throttle_of(Settings(_env_file=None), self.database, clock, self.opened[-1], "smtp")

    def learned(self, rate: float, version: int = 3) -> None:
        """Let there be a pace that all share."""
        self.process().buckets.shared_paces("smtp").offer("gmail", KeptPace(version, rate, 2 * rate))

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()


@pytest.fixture
def service(valkey: ValkeyServer, sqlite_database: Database) -> Iterator[Service]:
    made = Service(valkey.url, sqlite_database, f"test:{secrets.token_hex(4)}:")
    yield made
    made.close()


def all_at_once(questions: list[Callable[[], int]]) -> list[int]:
    """Ask each in a thread of its own; return what each got, in the order in which they were told."""
    got: list[int] = []
    threads = [threading.Thread(target=lambda ask=ask: got.append(ask())) for ask in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def asked(throttle: Throttle) -> int:
    """Let a thread begin a batch as a sender does; return how many of it may go."""
    if not throttle.limited:
        return len(WAITING)
    return len(throttle.admit(WAITING, lambda: True).ids or ())


def met_by_others(throttle: Throttle, threads: int) -> tuple[list[int], Slow]:
    """Let the look of the first thread last until all others were there, or passed it; return what each got."""
    ended = threading.Event()
    slow = Slow(throttle.learner.paces, lambda: ended.wait(0.3))
    throttle.learner.paces = slow

    def ask() -> int:
        got = asked(throttle)
        ended.set()
        return got

    return all_at_once([ask] * threads), slow


def test_threads_that_start_together_all_wait_for_the_look_of_one(service: Service) -> None:
    service.learned(PACE)
    got, slow = met_by_others(service.process(), 4)
    assert 0 < sum(got) <= 2 * PACE, got
    assert slow.looks == 1


def test_threads_that_wake_together_after_a_long_rest_do_not_go_on_with_what_was_known_before(
    service: Service, clock: SettableClock
) -> None:
    throttle = service.process(clock)
    assert not throttle.limited
    service.learned(PACE)
    clock.advance(FORGOTTEN_AFTER / 2)
    got, slow = met_by_others(throttle, 4)
    assert 0 < sum(got) <= 2 * PACE, got
    assert slow.looks == 1


def test_between_two_looks_nobody_asks_and_nobody_waits(service: Service, clock: SettableClock) -> None:
    throttle = service.process(clock)
    throttle.learner.paces = slow = Slow(throttle.learner.paces, lambda: None)
    assert [throttle.limited for _ in range(50)] == [False] * 50
    clock.advance(LOOK_EVERY)
    assert [throttle.limited for _ in range(50)] == [False] * 50
    assert slow.looks == 2


def test_who_never_could_look_sends_nothing_until_it_can(sqlite_database: Database, clock: SettableClock) -> None:
    server = ValkeyServer()
    service = Service(server.url, sqlite_database, "test:")
    try:
        service.learned(PACE)
        newcomer, old = service.process(clock), service.process(clock)
        assert old.limited
        server.freeze()
        share = newcomer.admit(WAITING, lambda: False)
        assert (share.ids, newcomer.limited) == (frozenset(), True)
        assert share.not_before is not None
        assert 0 < asked(old) <= PACE / 4, "who knows the pace keeps to its part of it"
        server.thaw()
        clock.advance(ALONE_FOR)
        assert 0 < asked(newcomer) <= PACE
    finally:
        server.thaw()
        service.close()
        server.stop()


def test_a_process_that_shares_with_nobody_waits_for_nobody(sqlite_database: Database) -> None:
    clock = SettableClock()
    alone = throttle_of(Settings(_env_file=None), sqlite_database, clock, MemoryBuckets(clock), "smtp")
    assert not alone.limited
    alone.learner.learn({"gmail": (100, 20)}, began=0.0)
    [rate] = alone.learner.rates().values()
    assert sum(all_at_once([lambda: asked(alone)] * 4)) == rate, "and its threads share one bucket"


starts = st.lists(
    st.lists(st.floats(0, 0.05), min_size=1, max_size=4),  # when each thread of a process begins
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(starts=starts, slowness=st.lists(st.floats(0, 0.04), min_size=1, max_size=4), rate=st.sampled_from([5.0, 40.0]))
def test_over_any_order_of_starts_no_more_goes_than_a_bucket_holds_and_fills(
    valkey: ValkeyServer,
    sqlite_database: Database,
    starts: list[list[float]],
    slowness: list[float],
    rate: float,
) -> None:
    service = Service(valkey.url, sqlite_database, f"test:{secrets.token_hex(8)}:")
    service.learned(rate)
    clock = SystemClock()
    began = clock.monotonic()
    questions = []
    for number, threads in enumerate(starts):
        throttle = service.process()
        pause = slowness[number % len(slowness)]
        throttle.learner.paces = Slow(throttle.learner.paces, lambda pause=pause: clock.sleep(pause))
        questions += [
            lambda throttle=throttle, after=after: (clock.sleep(after), asked(throttle))[1] for after in threads
        ]
    try:
        got = all_at_once(questions)
        assert sum(got) <= rate + rate * (clock.monotonic() - began), got
        assert sum(got) > 0
    finally:
        service.close()
