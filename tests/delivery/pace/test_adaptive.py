"""What is learned from "not so fast"."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clock import SettableClock
from newsletter.delivery.pace.adaptive import LOOK_EVERY, SLOWEST, WINDOW, AdaptivePace, Learner, count, says_slower
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused, Unknown, Unsent
from newsletter.pacing import ALONE_FOR, FORGOTTEN_AFTER, KeptPace, RedisBuckets
from tests.parts.valkey import ValkeyServer


@pytest.mark.parametrize(
    ("outcome", "slower"),
    [
        (Deferred(421, "", "closing"), True),
        (Deferred(421, "4.7.28", "unusual rate of mail"), True),
        (Deferred(450, "4.7.1", "try again later"), True),
        (Deferred(451, "4.4.2", "timed out"), True),
        (Deferred(452, "4.5.3", "recipients"), True),
        (Deferred(451, "", "too many messages from you"), True),
        (Deferred(450, "4.7.1", "Greylisted, come back"), False),
        (Deferred(451, "4.7.1", "gray-listing in action"), False),
        (Deferred(452, "4.2.2", "mailbox exceeds its limit"), False),
        (Deferred(451, "4.3.0", "local problem"), False),
        (Deferred(454, "4.7.0", "TLS"), False),
        (Refused(550, "5.7.1", "rate"), False),
        (Accepted(250, "2.0.0", "rate limited soon"), False),
        (Unknown("too many"), False),
    ],
)
def test_a_plea_to_go_slower_is_told_from_a_reader_who_cannot_take_mail_now(outcome: Outcome, slower: bool) -> None:
    assert says_slower(outcome) is slower


def test_only_what_a_server_said_is_an_answer() -> None:
    said = [Accepted(250, "", ""), Refused(550, "", ""), Deferred(421, "", ""), Unknown(""), Unsent("")]
    assert [count(outcome) for outcome in said] == [(1, 0), (1, 0), (1, 1), (0, 0), (0, 0)]


def test_trouble_halves_what_was_taken_and_again_what_is_left() -> None:
    first = AdaptivePace().after(answered=1000, slower=200, seconds=10)
    assert first == AdaptivePace(40.0, 80.0)
    assert first.after(answered=400, slower=100, seconds=10).rate == 15.0


def test_quiet_windows_raise_the_pace_by_steps_until_it_is_let_go() -> None:
    pace, rates = AdaptivePace(40.0, 80.0), []
    while pace.rate is not None:
        pace = pace.after(answered=100, slower=5, seconds=10)
        rates.append(pace.rate)
    assert rates[:3] == [44.0, 48.0, 52.0]
    assert len(rates) == 30


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.floats(1, 60)), max_size=40))
def test_a_pace_never_dies_and_falls_only_in_trouble(windows: list[tuple[int, int, float]]) -> None:
    pace = AdaptivePace()
    for answered, slower, seconds in windows:
        before = pace
        pace = pace.after(answered=answered, slower=min(slower, answered), seconds=seconds)
        assert pace.rate is None or pace.rate >= SLOWEST / 1
        if pace.rate is not None and before.rate is not None and pace.rate < before.rate:
            assert min(slower, answered) >= 0.1 * answered > 0
        if before.rate is not None and min(slower, answered) >= 0.1 * answered > 0:
            assert pace.rate == SLOWEST or pace.rate <= before.rate / 2


def test_a_learner_slows_the_group_that_asked_and_no_other(clock: SettableClock) -> None:
    learner = Learner(clock)
    clock.advance(2)
    learner.learn({"gmail": (100, 50), "yahoo": (100, 0)}, began=0.0)
    assert learner.rates() == {"gmail": 12.5}


def test_what_began_before_the_change_does_not_count_against_the_new_pace(clock: SettableClock) -> None:
    learner = Learner(clock)
    clock.advance(2)
    learner.learn({"gmail": (100, 50)}, began=0.0)
    clock.advance(1)
    learner.learn({"gmail": (100, 100)}, began=1.0)
    assert learner.rates() == {"gmail": 12.5}
    learner.learn({"gmail": (100, 100)}, began=2.5)
    assert learner.rates()["gmail"] < 12.5


def test_a_handful_of_answers_says_nothing(clock: SettableClock) -> None:
    learner = Learner(clock)
    learner.learn({"other": (9, 9)}, began=0.0)
    clock.advance(WINDOW)
    learner.learn({"other": (0, 0)}, began=clock.monotonic())
    assert learner.rates() == {}


def test_a_learner_recovers_window_by_window_and_forgets_after_a_long_silence(clock: SettableClock) -> None:
    learner = Learner(clock)
    learner.learn({"gmail": (100, 50)}, began=0.0)
    [slow] = learner.rates().values()
    for _ in range(2):
        clock.advance(WINDOW)
        learner.learn({"gmail": (20, 0)}, began=clock.monotonic())
    assert slow < learner.rates()["gmail"] < 2 * slow
    clock.advance(FORGOTTEN_AFTER + 1)
    assert learner.rates() == {}
    learner.learn({"gmail": (20, 0)}, began=clock.monotonic())
    assert learner.rates() == {}


# Shared by several processes, on a real server.


@dataclass
class Host:
    """The learner of one process; `buckets` lead to the server that all share."""

    clock: SettableClock
    buckets: RedisBuckets
    learner: Learner

    def hears(self, answered: int, slower: int, group: str = "gmail") -> None:
        self.learner.learn({group: (answered, slower)}, began=self.clock.monotonic())


@pytest.fixture
def hosts(valkey: ValkeyServer, clock: SettableClock) -> Iterator[list[Host]]:
    """Three processes, which have looked at what there is."""
    prefix = f"test:{secrets.token_hex(4)}:"
    made = []
    for _ in range(3):
        buckets = RedisBuckets(valkey.url, clock, prefix=prefix)
        made.append(Host(clock, buckets, Learner(clock, buckets.shared_paces("smtp"))))
    for _ in range(2):
        looked(made)
    yield made
    for host in made:
        host.buckets.close()


def looked(hosts: list[Host]) -> list[dict[str, float]]:
    """Let a second pass and return what each process keeps to."""
    hosts[0].clock.advance(LOOK_EVERY)
    return [host.learner.rates() for host in hosts]


def test_what_one_process_learns_holds_for_all_and_in_sum(hosts: list[Host]) -> None:
    hosts[0].hears(100, 20)
    # 80 were taken from one of three within a second at the most: 240 from all, of which half
    assert looked(hosts) == [{"gmail": 120.0}] * 3


def test_one_trouble_that_all_hear_halves_the_pace_once(hosts: list[Host]) -> None:
    for host in hosts:
        host.hears(100, 20)
    assert looked(hosts) == [{"gmail": 120.0}] * 3
    for host in hosts:
        host.hears(3, 1)
    assert looked(hosts) == [{"gmail": 60.0}] * 3


def test_the_shared_pace_rises_once_a_window_however_many_share_it(hosts: list[Host]) -> None:
    hosts[0].hears(100, 20)
    looked(hosts)
    for step in range(1, 4):
        hosts[0].clock.advance(WINDOW)
        for host in hosts:
            host.hears(20, 0)
        assert looked(hosts) == [{"gmail": 120.0 + 12.0 * step}] * 3


def test_a_pace_that_is_let_go_is_let_go_by_all(hosts: list[Host]) -> None:
    hosts[1].hears(100, 100)
    assert looked(hosts) != [{}] * 3
    for _ in range(100):
        hosts[0].clock.advance(WINDOW)
        hosts[0].hears(50, 0)
        if looked(hosts) == [{}] * 3:
            break
    assert looked(hosts) == [{}] * 3
    hosts[2].hears(100, 50)
    assert [len(rates) for rates in looked(hosts)] == [1, 1, 1], "and what comes after is newer still"


def test_a_flush_makes_nobody_forget(hosts: list[Host], valkey: ValkeyServer) -> None:
    hosts[0].hears(100, 20)
    looked(hosts)
    valkey.flush()
    assert looked(hosts) == [{"gmail": 120.0}] * 3
    newcomer = Learner(SettableClock(), hosts[0].buckets.shared_paces("smtp"))
    assert newcomer.rates() == {"gmail": 120.0}


def test_each_transport_has_paces_of_its_own(hosts: list[Host]) -> None:
    hosts[0].hears(100, 20)
    other = Learner(SettableClock(), hosts[0].buckets.shared_paces("postmark"))
    assert other.rates() == {}


def test_a_pace_is_forgotten_by_all_an_hour_after_its_last_change(hosts: list[Host]) -> None:
    paces = hosts[0].buckets.shared_paces("smtp")
    assert paces.offer("gmail", KeptPace(7, 5.0, 10.0, FORGOTTEN_AFTER - 100)) is not None
    assert paces.offer("yahoo", KeptPace(7, 5.0, 10.0, FORGOTTEN_AFTER + 1)) is not None
    assert looked(hosts) == [{"gmail": 5.0}] * 3
    hosts[0].hears(100, 20, "yahoo")
    assert looked(hosts) == [{"gmail": 5.0, "yahoo": 120.0}] * 3, "what is forgotten stands in nobody's way"


def test_without_redis_each_learns_for_itself_and_the_newest_holds_when_it_is_back(clock: SettableClock) -> None:
    server = ValkeyServer()
    made = [RedisBuckets(server.url, clock) for _ in range(2)]
    here, there = (Learner(clock, buckets.shared_paces("smtp")) for buckets in made)
    try:
        server.kill()
        here.learn({"gmail": (100, 20)}, began=0.0)
        clock.advance(1)
        here.learn({"gmail": (20, 10)}, began=clock.monotonic())
        assert (here.rates(), there.rates()) == ({"gmail": 5.0}, {})
        server.start()
        clock.advance(ALONE_FOR + LOOK_EVERY)
        assert here.rates() == {"gmail": 5.0}
        assert there.rates() == {"gmail": 5.0}
    finally:
        for buckets in made:
            buckets.close()
        server.stop()


def test_while_nothing_is_learned_a_look_a_second_is_all_it_costs(
    hosts: list[Host], valkey: ValkeyServer, clock: SettableClock
) -> None:
    def asked() -> int:
        with redis.Redis(port=valkey.port) as client:
            return client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)

    before = asked()
    for _ in range(5):
        clock.advance(LOOK_EVERY)
        for _ in range(200):
            assert hosts[0].learner.rates() == {}
            hosts[0].hears(500, 0)
    assert asked() - before == 5
