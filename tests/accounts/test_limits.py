"""Each limit of signing in, and what passes it."""

from __future__ import annotations

import asyncio

import pytest

from newsletter.accounts import limits
from newsletter.accounts.limits import ALL, MOST_DELAYED, PER_ADDRESS, PER_BROWSER, PER_NETWORK, PER_PAIR, Delays
from newsletter.clock import SettableClock
from newsletter.errors import LimitError
from newsletter.pacing import MemoryBuckets

ADA = "ada@tide.example.org"


@pytest.fixture
def buckets(clock: SettableClock) -> MemoryBuckets:
    """Full buckets."""
    return MemoryBuckets(clock)


def _try(buckets: MemoryBuckets, address: str = ADA, network: str = "192.0.2.1", browser: int | None = None):
    return limits.admit(buckets, address=address, network=network, browser=browser)


def _network(number: int) -> str:
    return f"10.0.{number // 250}.{number % 250}"


def test_one_network_may_try_one_address_ten_times_in_a_row_then_one_more_every_six_minutes(
    buckets: MemoryBuckets, clock: SettableClock
) -> None:
    for _ in range(PER_PAIR):
        _try(buckets)
    with pytest.raises(LimitError) as caught:
        _try(buckets)
    assert 0 < caught.value.retry_after <= 361
    clock.advance(361)
    _try(buckets)
    with pytest.raises(LimitError):
        _try(buckets)


def test_one_network_may_not_try_many_addresses(buckets: MemoryBuckets) -> None:
    for n in range(PER_NETWORK):
        _try(buckets, f"e{n}@tide.example.org")
    with pytest.raises(LimitError):
        _try(buckets, "other@tide.example.org")
    _try(buckets, "other@tide.example.org", "198.51.100.1")


def test_an_address_tried_from_everywhere_waits_and_is_not_refused(buckets: MemoryBuckets) -> None:
    delays = [_try(buckets, network=_network(n)).delay for n in range(PER_ADDRESS + 3)]
    assert delays == [0.0] * PER_ADDRESS + [limits.DELAY_SECONDS] * 3
    assert _try(buckets, "other@tide.example.org", _network(999)).delay == 0.0


def test_failures_of_all_are_counted_together(buckets: MemoryBuckets, clock: SettableClock) -> None:
    for n in range(ALL):
        _try(buckets, f"e{n}@tide.example.org", _network(n))
    with pytest.raises(LimitError):
        _try(buckets, "new@tide.example.org", _network(ALL))
    clock.advance(4)
    _try(buckets, "new@tide.example.org", _network(ALL))


def test_a_known_browser_passes_what_strangers_used_up_and_has_a_limit_of_its_own(buckets: MemoryBuckets) -> None:
    for n in range(ALL):
        _try(buckets, ADA if n < 20 else f"e{n}@tide.example.org", _network(n))
    for _ in range(PER_BROWSER):
        assert _try(buckets, network=_network(0), browser=7).delay == 0.0
    with pytest.raises(LimitError):
        _try(buckets, network=_network(0), browser=7)
    assert _try(buckets, browser=8).delay == 0.0


def test_what_was_right_is_counted_no_more(buckets: MemoryBuckets) -> None:
    for _ in range(3 * ALL):
        _try(buckets).take_back()
    for _ in range(3 * PER_BROWSER):
        _try(buckets, browser=7).take_back()


def test_a_try_that_was_delayed_takes_back_only_what_it_counted(buckets: MemoryBuckets) -> None:
    for n in range(PER_ADDRESS):
        _try(buckets, network=_network(n))
    for _ in range(3):
        _try(buckets, network=_network(99)).take_back()
    assert _try(buckets, network=_network(98)).delay > 0, "whoever guesses still waits"


def test_a_refused_try_uses_up_nothing_of_the_other_limits(buckets: MemoryBuckets, clock: SettableClock) -> None:
    for n in range(PER_NETWORK):
        _try(buckets, f"e{n}@tide.example.org")
    for _ in range(2 * PER_PAIR):
        with pytest.raises(LimitError):
            _try(buckets)  # by the limit of the network, after that of network and address let it pass
    clock.advance(121)  # one more for the network; for network and address a third of one
    assert _try(buckets).delay == 0.0


def test_buckets_hold_no_address(buckets: MemoryBuckets) -> None:
    _try(buckets)
    assert buckets._levels
    assert not [name for name in buckets._levels if ADA in name or "ada" in name]


def test_so_many_wait_and_the_next_is_refused_and_not_counted(
    buckets: MemoryBuckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DELAY_SECONDS", 3600.0)
    for n in range(PER_ADDRESS):
        _try(buckets, network=_network(n))

    async def crowd() -> None:
        delays = Delays()
        waiting = [
            asyncio.create_task(delays.wait(_try(buckets, network=_network(100 + n)))) for n in range(MOST_DELAYED)
        ]
        await asyncio.sleep(0)
        assert delays.waiting == MOST_DELAYED
        for _ in range(PER_PAIR + 1):
            with pytest.raises(LimitError):
                await delays.wait(_try(buckets, network=_network(999)))
        await delays.wait(_try(buckets, "other@tide.example.org", _network(999)))  # who need not wait is not held up
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert delays.waiting == 0

    asyncio.run(crowd())
