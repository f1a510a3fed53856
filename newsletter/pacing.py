"""Token buckets, and paces that were learned: how fast anything may go. In memory for one process; on Redis or Valkey shared by all.

A bucket holds up to `capacity` tokens and fills at `rate` a second; one never seen before is full. Over any time `t` it gives
at most `capacity + rate * t`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import redis
import structlog
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from newsletter.clock import Clock

log = structlog.get_logger(__name__)


class Drawn(NamedTuple):
    """Tokens that were given, and the seconds until the least that was asked for will be there (0 when some were given)."""

    tokens: int
    wait: float


class KeptPace(NamedTuple):
    """A learned pace as all processes share it: `version` grows with each change, `age` are the seconds since."""

    version: int
    rate: float  # messages a second; 0.0: none, as fast as it goes
    ceiling: float  # the pace at which trouble began
    age: float = 0.0


class SeenPaces(NamedTuple):
    """The learned paces by group, and how many processes asked for them lately."""

    paces: dict[str, KeptPace]
    sharers: int


class Buckets(Protocol):
    """Named token buckets. Safe to use from several threads; nothing is ever raised."""

    def take(self, name: str, amount: float, *, rate: float, capacity: float) -> float:
        """Take `amount` tokens from bucket `name`, which fills at `rate` a second up to `capacity`.

        Return 0.0 when they were there and are taken; else take nothing and return the seconds until they will be.
        """
        ...

    def draw(self, name: str, most: int, *, least: int = 1, rate: float, capacity: float) -> Drawn:
        """Take as many whole tokens as are there, `most` at most; nothing when there are fewer than `least`."""
        ...

    def give_back(self, name: str, amount: int, *, rate: float, capacity: float) -> None:
        """Put tokens back that were taken and not used."""
        ...

    def shared_paces(self, name: str) -> SharedPaces | None:
        """Return where the paces learned for the transport `name` are shared; None when this process is alone."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


class MemoryBuckets:
    """Buckets of this process; thread-safe."""

    def __init__(self, clock: Clock, *, most: int = 100_000) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str, amount: float, *, rate: float, capacity: float) -> float:
        """Take tokens, or say how long to wait."""
        with self._lock:
            level = self._level(name, rate, capacity)
            enough = level >= amount
            self._keep(name, level - amount if enough else level)
            return 0.0 if enough else (amount - level) / rate

    def draw(self, name: str, most: int, *, least: int = 1, rate: float, capacity: float) -> Drawn:
        """Take whole tokens, or say how long to wait."""
        with self._lock:
            level = self._level(name, rate, capacity)
            tokens = min(most, int(level)) if level >= least else 0
            self._keep(name, level - tokens)
            return Drawn(tokens, 0.0 if tokens else (least - level) / rate)

    def give_back(self, name: str, amount: int, *, rate: float, capacity: float) -> None:
        """Put tokens back."""
        with self._lock:
            self._keep(name, min(capacity, self._level(name, rate, capacity) + amount))

    def shared_paces(self, name: str) -> None:
        """There is nobody to share with."""

    def close(self) -> None:
        """Nothing to close."""

    def _level(self, name: str, rate: float, capacity: float) -> float:
        now = self._clock.monotonic()
        level, seen = self._levels.pop(name, (capacity, now))
        return min(capacity, level + (now - seen) * rate)

    def _keep(self, name: str, level: float) -> None:
        self._levels[name] = (level, self._clock.monotonic())
        if len(self._levels) > self._most:
            # the bucket untouched for longest is the fullest: forgetting it costs the least
            del self._levels[next(iter(self._levels))]


SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local most, least = tonumber(ARGV[1]), tonumber(ARGV[2])
local rate, capacity = tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'level', 'seen')
local level = tonumber(kept[1]) or capacity
local seen = tonumber(kept[2]) or now
level = math.min(capacity, level + math.max(0, now - seen) * rate)
local given, wait = 0, 0
if most < 0 or level >= least then
    given = most
    if most >= 0 and ARGV[5] == '1' then given = math.min(most, math.floor(level)) end
    level = math.min(capacity, level - given)
else
    wait = (least - level) / rate
end
redis.call('HSET', KEYS[1], 'level', string.format('%.17g', level), 'seen', string.format('%.17g', now))
redis.call('EXPIRE', KEYS[1], math.ceil(math.min(capacity / rate + 60, 31536000)))
return {string.format('%.17g', given), string.format('%.17g', wait)}
"""
"""One bucket, read and written in one step by the server's own clock, so that hosts need not agree on theirs.

Given: most, least, rate, capacity, and 1 when as much of `most` as there is may be taken. Negative `most` gives back. A bucket
untouched until it is full again is forgotten: one never seen is full, too.
"""

LOOK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[2], math.ceil(tonumber(ARGV[2])) + 1)
return {redis.call('ZCARD', KEYS[2]), string.format('%.6f', now), redis.call('HGETALL', KEYS[1])}
"""
"""All paces of a transport, by the server's clock; who asks is counted among the sharers. Given: who, and for how many seconds."""

OFFER = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept, version = redis.call('HGET', KEYS[1], ARGV[1]), 0
if kept then
    local there, at = string.match(kept, '^(%d+) %S+ %S+ (%S+)$')
    if now - tonumber(at) <= tonumber(ARGV[6]) then version = tonumber(there) end
end
if tonumber(ARGV[2]) > version then
    kept = string.format('%d %s %s %.6f', tonumber(ARGV[2]), ARGV[3], ARGV[4], now - tonumber(ARGV[5]))
    redis.call('HSET', KEYS[1], ARGV[1], kept)
    redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[6])) + 1)
end
return {string.format('%.6f', now), kept}
"""
"""One pace, written when its version is newer than what is there; returns what is there then.

Given: group, version, rate, ceiling, age, and after how many seconds what is there counts as forgotten.
"""

PATIENCE = 0.5
"""Seconds to wait for Redis before this process goes on alone."""
ALONE_FOR = 2.0
"""Seconds until Redis is asked again, so that an outage costs no wait per question."""
FEWEST_ALONE = 4
"""Processes that each reckons with at least while Redis is away: it cannot know what the others take."""
SHARER_FOR = 30.0
"""Seconds after its last look in which a process counts as one of those who share the learned paces."""
FORGOTTEN_AFTER = 3600.0
"""Seconds after its last change in which a learned pace is forgotten."""


class _PaceServer:
    """Redis or Valkey, asked by scripts; while it is away nobody waits for it more than once in two seconds."""

    def __init__(self, url: str, clock: Clock, processes: int) -> None:
        once = Retry(NoBackoff(), 0)
        self._client = redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=once)
        self._clock = clock
        self._alone_until = float("-inf")
        self.sharers = processes  # that are known to ask: at first those of this machine, then all that were seen
        self._scripts = {text: self._client.register_script(text) for text in (SCRIPT, LOOK, OFFER)}
        self.close = self._client.close

    def ask(self, script: str, keys: Sequence[str], *args: str | float) -> list[Any] | None:
        """Return what the script answers; None when the server cannot be asked."""
        if self._clock.monotonic() < self._alone_until:
            return None
        try:
            answer: list[Any] = self._scripts[script](keys=keys, args=args)
        except (RedisError, OSError) as error:
            if self._alone_until == float("-inf"):  # it is said once an outage
                log.warning("buckets are not shared for now", error=type(error).__name__)
            self._alone_until = self._clock.monotonic() + ALONE_FOR
            return None
        self._alone_until = float("-inf")
        return answer


class RedisBuckets:
    """Buckets shared by every process on one Redis or Valkey; while it is away, each keeps to its share of each limit.

    After FLUSHALL a bucket is full: the most it can cost is one `capacity`.
    """

    def __init__(self, url: str, clock: Clock, *, prefix: str = "newsletter:", processes: int = 1) -> None:
        self._server = _PaceServer(url, clock, processes)
        self._prefix = prefix
        self._alone = MemoryBuckets(clock)

    @property
    def share_alone(self) -> float:
        """Part of each limit for this process while Redis is away, so that all together keep to it."""
        return 1 / max(FEWEST_ALONE, self._server.sharers)

    def take(self, name: str, amount: float, *, rate: float, capacity: float) -> float:
        """Take tokens, or say how long to wait."""
        answer = self._ask(name, amount, amount, rate, capacity, partly=False)
        return answer.wait if answer else self._alone.take(name, amount, **self._share(amount, rate, capacity))

    def draw(self, name: str, most: int, *, least: int = 1, rate: float, capacity: float) -> Drawn:
        """Take whole tokens, or say how long to wait."""
        answer = self._ask(name, most, least, rate, capacity, partly=True)
        fewer = max(1, int(least * self.share_alone))
        return answer or self._alone.draw(name, most, least=fewer, **self._share(fewer, rate, capacity))

    def give_back(self, name: str, amount: int, *, rate: float, capacity: float) -> None:
        """Put tokens back: while Redis is away into the share of this process, where they came from."""
        if self._ask(name, -amount, 0, rate, capacity, partly=False) is None:
            self._alone.give_back(name, amount, **self._share(amount, rate, capacity))

    def shared_paces(self, name: str) -> SharedPaces:
        """Return the paces of a transport that all processes share."""
        return SharedPaces(self._server, f"{self._prefix}pace:{name}")

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _share(self, least: float, rate: float, capacity: float) -> dict[str, float]:
        return {"rate": rate * self.share_alone, "capacity": max(least, capacity * self.share_alone)}

    def _ask(self, name: str, most: float, least: float, rate: float, capacity: float, *, partly: bool) -> Drawn | None:
        """Return tokens and wait; None when Redis cannot be asked."""
        answer = self._server.ask(SCRIPT, [f"{self._prefix}bucket:{name}"], most, least, rate, capacity, int(partly))
        return None if answer is None else Drawn(int(float(answer[0])), float(answer[1]))


class SharedPaces:
    """The learned paces of one transport, shared by every process on one Redis or Valkey. Nothing is ever raised."""

    def __init__(self, server: _PaceServer, key: str) -> None:
        self._server = server
        self._key = key
        self._me = secrets.token_hex(8)

    def look(self) -> SeenPaces | None:
        """Return what all processes know; None when it cannot be learned now."""
        answer = self._server.ask(LOOK, [self._key, f"{self._key}:sharers"], self._me, SHARER_FOR)
        if answer is None:
            return None
        now, found, self._server.sharers = float(answer[1]), answer[2], int(answer[0])
        kept = {group.decode(): _kept(text, now) for group, text in zip(found[::2], found[1::2], strict=True)}
        return SeenPaces(
            {group: pace for group, pace in kept.items() if pace.age <= FORGOTTEN_AFTER}, self._server.sharers
        )

    def offer(self, group: str, pace: KeptPace) -> KeptPace | None:
        """Write a pace unless one of the same version or a newer one is there; return what is there then, None when unknown."""
        answer = self._server.ask(OFFER, [self._key], group, *pace, FORGOTTEN_AFTER)
        return None if answer is None else _kept(answer[1], float(answer[0]))


def _kept(text: bytes, now: float) -> KeptPace:
    version, rate, ceiling, at = text.split()
    return KeptPace(int(version), float(rate), float(ceiling), max(0.0, now - float(at)))


def connect(redis_url: str, clock: Clock, processes: int = 1) -> Buckets:
    """Return buckets that `processes` of this machine share with others through `redis_url`, or those of this process alone."""
    return RedisBuckets(redis_url, clock, processes=processes) if redis_url else MemoryBuckets(clock)
