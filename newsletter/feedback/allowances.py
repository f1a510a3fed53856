"""How much mail is taken a day: from one network, to one of our signed addresses, and from all strangers together.

Each is a bucket that holds half of a day's octets and fills with the other half in a day, so that no 24 hours bring more.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.inbound.connection_limit import Peer
from newsletter.networks import network_of
from newsletter.pacing import Buckets

MIB = 1024 * 1024
LEAST_OCTETS = 1024
"""Counted for each message and recipient at least: a row costs something too."""
OF_TOKEN = 8 * MIB
"""Octets a day to one signed address: a delivery bounces once or twice."""
SHARE_OF_NETWORK = 8
"""One network may send this part of what all strangers may."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Bound:
    """One bucket, and the octets it gives a day."""

    name: str
    day: float

    @property
    def capacity(self) -> float:
        """What it holds when it is full."""
        return self.day / 2

    @property
    def rate(self) -> float:
        """What it gains a second."""
        return self.day / 2 / _DAY


@dataclass(frozen=True)
class Allowances:
    """What is left of today's octets. `most` are those of all strangers together, who write to addresses that are no secret."""

    buckets: Buckets
    most: int

    def take_from(self, peer: Peer, octets: int) -> bool:
        """Take a message's octets from its network, once for all its recipients; False when it has not so many left."""
        return peer.relay or self._take(self._of_network(peer), octets)

    def take_for(self, box: str, octets: int, *, signed: bool) -> bool:
        """Take them for one recipient, `signed` or open to strangers; False when there are not so many left."""
        return self._take(self._of_box(box, signed=signed), octets)

    def has_room(self, box: str, peer: Peer, *, signed: bool) -> bool:
        """Tell whether a small message would be taken now."""
        bounds = [self._of_box(box, signed=signed), *([] if peer.relay else [self._of_network(peer)])]
        return all(self._has_some(bound) for bound in bounds)

    def _of_network(self, peer: Peer) -> Bound:
        return Bound(f"inbound:network:{network_of(peer.ip)}", self.most / SHARE_OF_NETWORK)

    def _of_box(self, box: str, *, signed: bool) -> Bound:
        return Bound(f"inbound:token:{box}", OF_TOKEN) if signed else Bound("inbound:strangers", self.most)

    def _take(self, bound: Bound, octets: int) -> bool:
        wanted = max(octets, LEAST_OCTETS)
        return not self.buckets.take(bound.name, wanted, rate=bound.rate, capacity=bound.capacity)

    def _has_some(self, bound: Bound) -> bool:
        some = self._take(bound, LEAST_OCTETS)
        if some:
            self.buckets.give_back(bound.name, LEAST_OCTETS, rate=bound.rate, capacity=bound.capacity)
        return some
