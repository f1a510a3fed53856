"""How much of a batch may go now. With no limit set and nothing learned this costs a few microseconds a batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery.pace.adaptive import Learner, count
from newsletter.delivery.pace.circuit_breaker import ASKED, DAY, FAILED, LONGEST_TURN, Gate
from newsletter.delivery.pace.grouping import Groups, interleave
from newsletter.delivery.pace.limits import Granted, Limit, Shut, TokenLimit, draw_all
from newsletter.delivery.pace.notes import PaceNotes
from newsletter.delivery.pace.warm_up import Allowance, DayLimit
from newsletter.mail.envelope import Outcome, Unsent
from newsletter.pacing import ALONE_FOR, Buckets
from newsletter.store.database import Database
from newsletter.store.delivery.deliveries import Recipient

PATIENCE = 1.0
"""Seconds a batch of which nothing may go waits for tokens before it is given back."""
LEAST_WAIT = 0.01
"""Seconds: a bucket that lacks no more than a rounding error must not be asked again in the same moment, for ever."""
STEP = 0.05
"""Seconds of one sleep: after each it is asked whether the batch is still ours to send."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which deliveries of a batch may go now (None: all of them), and when to come back for the others."""

    began: float = 0.0  # monotonic
    ids: frozenset[int] | None = None
    not_before: datetime | None = None
    begun: datetime | None = None  # set when some were counted against the day's allowance

    def holds(self, delivery_id: int) -> bool:
        """Tell whether a delivery may go now."""
        return self.ids is None or delivery_id in self.ids


EVERYTHING = Share()


@dataclass
class Throttle:
    """The limits of one transport and of each group of receivers behind it. Thread-safe."""

    clock: Clock
    buckets: Buckets
    gate: Gate
    groups: Groups
    rates: Mapping[str, float]
    way: Sequence[Limit]
    day: DayLimit | None = None
    notes: PaceNotes | None = None
    learner: Learner = field(init=False)
    _learned: dict[str, TokenLimit] = field(default_factory=dict)
    _set: dict[str, TokenLimit] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        name = self.gate.transport
        self.learner = Learner(self.clock, self.buckets.shared_paces(name), self.notes.note if self.notes else None)
        self._set = {g: TokenLimit(self.buckets, self.clock, f"{name}:{g}", rate) for g, rate in self.rates.items()}

    def begin(self) -> None:
        """Called when a process begins to send: where it learns for itself alone, what another one learned has ended with it."""
        if self.notes and self.learner.paces is None:
            self.notes.begin()

    @property
    def limited(self) -> bool:
        """Whether anything at all holds messages back."""
        return bool(self.way or self.rates or self.learner.rates() or not self.learner.knows or self._shut_groups())

    def admit(self, waiting: Sequence[tuple[int, str]], stopped: Callable[[], bool]) -> Share:
        """Say which of `waiting` (delivery id, domain) may go now.

        Waits up to a second when none may; returns at once when some may, so that one slow group keeps no other waiting.
        """
        by_group: dict[str, list[int]] = {}
        for delivery_id, domain in waiting:
            by_group.setdefault(self.groups.of(domain), []).append(delivery_id)
        patience = PATIENCE
        while True:
            chosen, cuts, wait = self._draw(by_group)
            wait = max(wait, LEAST_WAIT)
            if chosen or not cuts or wait > patience or not self._slept(wait, stopped):
                return self._share(by_group, chosen, cuts)
            patience -= wait

    def arranged(self, recipients: Sequence[Recipient]) -> list[Recipient]:
        """Return recipients with their groups interleaved."""
        of = self.groups.of
        by_group: dict[str, list[Recipient]] = {}
        for recipient in recipients:
            by_group.setdefault(of(recipient.domain), []).append(recipient)
        return interleave(by_group)

    def observe(self, recipients: Iterable[Recipient], outcomes: Mapping[int, Outcome], share: Share) -> None:
        """Learn from the answers to a share; take back what was counted as sent and was not."""
        answers: dict[str, tuple[int, int]] = {}
        sent = 0
        for recipient in recipients:
            outcome = outcomes.get(recipient.delivery_id)
            if outcome is None or type(outcome) is Unsent:
                continue
            sent += 1
            group = self.groups.of(recipient.domain)
            answered, slower = count(outcome)
            before = answers.get(group, (0, 0))
            answers[group] = (before[0] + answered, before[1] + slower)
        self.learner.learn(answers, share.began)
        self._take_back(share, sent)

    def slow_down(self, what: str, seconds: float, why: str = "") -> None:
        """Let nothing go to a group of receivers, or by the whole transport when `what` is its name, for `seconds`.

        For those who hear it said: a provider's Retry-After, a person. All workers keep to it. Raises StoreError.
        """
        part = ASKED if what == self.gate.transport else what
        until = self.clock.now() + timedelta(seconds=seconds)
        self.gate.shut(part, until=until, why=why or f"{what} asked us to wait")

    def _draw(self, by_group: Mapping[str, list[int]]) -> tuple[list[int], dict[str, list[Limit]], float]:
        """Return the ids that may go, for each group with some left the limits that say so, and the wait for the first."""
        taken: dict[str, list[int]] = {}
        cuts: dict[str, list[Limit]] = {}
        waits: list[float] = []
        limits = {group: self._limits(group) for group in by_group}
        for group, ids in by_group.items():
            granted = draw_all(limits[group], len(ids))
            taken[group] = ids[: granted.amount]
            if granted.by is not None:
                cuts[group] = [granted.by]
                waits.append(granted.wait)
        order = interleave(taken)
        granted = draw_all(self.way, len(order)) if order else Granted(0)
        chosen = order[: granted.amount]
        if granted.by is not None:
            waits = [granted.wait]
            self._give_back(taken, set(chosen), limits, cuts, granted.by)
        return chosen, cuts, min(waits, default=0.0)

    @staticmethod
    def _give_back(
        taken: Mapping[str, list[int]],
        chosen: set[int],
        limits: Mapping[str, Sequence[Limit]],
        cuts: dict[str, list[Limit]],
        by: Limit,
    ) -> None:
        """Return to each group what the way as a whole did not allow."""
        for group, ids in taken.items():
            unused = sum(i not in chosen for i in ids)
            if unused:
                cuts.setdefault(group, []).append(by)
                for limit in limits[group]:
                    limit.give_back(unused)

    def _share(self, by_group: Mapping[str, list[int]], chosen: list[int], cuts: Mapping[str, list[Limit]]) -> Share:
        """Return what may go, and when the first of the groups that have some left has its turn again."""
        now, ids = self.clock.now(), frozenset(chosen)
        begun = now if self.day and chosen else None
        left: dict[Limit, int] = {}
        for group, limits in cuts.items():
            for limit in limits:
                left[limit] = left.get(limit, 0) + sum(i not in ids for i in by_group[group])
        turns = {limit: limit.turn(amount) for limit, amount in left.items()}
        seconds = [max(turns[limit] for limit in limits) for limits in cuts.values()]
        return Share(
            self.clock.monotonic(),
            ids,
            now + timedelta(seconds=min([*seconds, LONGEST_TURN.total_seconds()])) if seconds else None,
            begun,
        )

    def _limits(self, group: str) -> list[Limit]:
        limits: list[Limit] = []
        seconds = self.gate.seconds(group)
        if seconds:
            limits.append(Shut(seconds))
        if group in self._set:
            limits.append(self._set[group])
        rate = self.learner.rates().get(group)
        if not self.learner.knows:
            limits.append(Shut(ALONE_FOR))
        if rate is not None:
            limits.append(self._learned_limit(group, rate))
        return limits

    def _learned_limit(self, group: str, rate: float) -> TokenLimit:
        with self._lock:
            name = f"{self.gate.transport}:{group}:learned"
            limit = self._learned.setdefault(group, TokenLimit(self.buckets, self.clock, name, rate))
            limit.rate = rate
            return limit

    def _shut_groups(self) -> set[str]:
        return self.gate.shut_parts() - {FAILED, ASKED, DAY}

    def _slept(self, seconds: float, stopped: Callable[[], bool]) -> bool:
        """Sleep in short steps; False when the batch is no longer ours to send."""
        end = self.clock.monotonic() + seconds
        while not stopped():
            left = end - self.clock.monotonic()
            if left <= 0:
                return True
            self.clock.sleep(min(STEP, left + 0.001))
        return False

    def _take_back(self, share: Share, sent: int) -> None:
        unused = len(share.ids or ()) - sent
        # Not after midnight: it was counted on another day.
        if self.day and share.begun and unused > 0 and share.begun.date() == self.clock.now().date():
            self.day.give_back(unused)


def throttle_of(settings: Settings, database: Database, clock: Clock, buckets: Buckets, transport: str) -> Throttle:
    """Return the throttle the settings describe."""
    allowance = Allowance.of(settings)
    gate = Gate(database, clock, transport, used_up=allowance.used_up)
    day = DayLimit(database, clock, gate, allowance) if settings.messages_per_day or settings.warm_up_start else None
    way: list[Limit] = [day] if day else []
    if settings.messages_per_second:
        way.insert(0, TokenLimit(buckets, clock, transport, settings.messages_per_second))
    return Throttle(
        clock,
        buckets,
        gate,
        Groups(settings.domains_of_group),
        settings.rate_of_group,
        way,
        day,
        PaceNotes(database, clock, transport),
    )
