"""How many may be connected at a time, and how much of what they have not finished is held in memory.

Relays of ours have places and memory of their own: strangers, however many and however slow, keep no MTA out that relays
what comes back.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.networks import network_of

MOST_OF_NETWORK = 10
"""Connections of one stranger's network at a time."""
MOST_UNFINISHED_OCTETS = 64 * 1024 * 1024
"""Octets of messages that are being received, of all strangers, and as much again of all relays."""

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sends: the address, and whether it is a relay of ours, which is held to no network's bucket."""

    ip: str
    relay: bool


@dataclass
class Side:
    """What strangers, or relays, take up now."""

    connections: int = 0
    octets: int = 0
    by_network: Counter[str] = field(default_factory=Counter)


class ConnectionLimit:
    """Who is here. Used by one event loop alone."""

    def __init__(self, relays: Sequence[IPNetwork], most: int, *, most_octets: int = MOST_UNFINISHED_OCTETS) -> None:
        self._relays = relays
        self._most = most
        self._most_octets = most_octets
        self.strangers, self.ours = Side(), Side()

    def is_relay(self, ip: str) -> bool:
        """Tell whether an address is one of our relays'."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address  # RFC 4291 section 2.5.5.2
        return any(plain in network for network in self._relays)

    def side_of(self, ip: str) -> Side:
        """Return the side an address is on."""
        return self.ours if self.is_relay(ip) else self.strangers

    def enter(self, ip: str) -> bool:
        """Take a place; False when there is none for this network, or none at all."""
        side, network = self.side_of(ip), network_of(ip)
        alone = side is self.strangers and side.by_network[network] >= MOST_OF_NETWORK
        if alone or side.connections >= self._most:
            return False
        side.connections += 1
        side.by_network[network] += 1
        return True

    def leave(self, ip: str) -> None:
        """Give a place back."""
        side, network = self.side_of(ip), network_of(ip)
        side.connections -= 1
        side.by_network[network] -= 1
        if not side.by_network[network]:
            del side.by_network[network]

    def hold(self, side: Side, octets: int) -> bool:
        """Count octets that are held in memory; False, and nothing counted, when there would be too many."""
        if side.octets + octets > self._most_octets:
            return False
        side.octets += octets
        return True

    def let_go(self, side: Side, octets: int) -> None:
        """Count octets no more."""
        side.octets -= octets
