"""Who may be connected to the web server at a time, and who goes when it is full: the one that has kept us waiting longest.

A newcomer is turned away only when every connection is in work. So any number of clients that begin a request and never
finish it keep nobody out; they only push out each other.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from newsletter.networks import Network, address_of

OTHER_FILES = 192
"""Descriptors kept for all that is no visitor: database, journals, the loop, logs, a mail on its way in."""
MOST_CONNECTIONS = 4096
"""About 20 KB each while nothing was sent."""
FEWEST_CONNECTIONS = 16
SHARE = 4
"""One network gets this part of all connections: a quarter."""


class WaitedFor(IntEnum):
    """What a connection is waited for, the first to go first."""

    HEAD = 0  # the head of a request, or the next request
    BODY = 1
    READING = 2  # of what we answered


@dataclass(frozen=True)
class ConnectionBounds:
    """How long is waited, in seconds, and for how much, in octets."""

    head_seconds: float = 10
    body_seconds: float = 30
    least_rate: int = (
        16 * 1024
    )  # octets a second: a body may take longer than `body_seconds` if it comes as fast as this
    write_seconds: float = 30  # in which `least_read` octets of what we answer must be taken
    least_read: int = 8 * 1024
    linger_seconds: float = 5  # for the rest of a body that was answered already, or for a closed connection to be gone
    most_head: int = 32 * 1024
    most_fields: int = 100  # header fields
    most_pipelined: int = 8
    sweep_seconds: float = 1


class CountedConnection(Protocol):
    """What is counted here."""

    peer: str
    network: str

    def overdue(self, now: float) -> None:
        """Close what has taken longer than it may."""

    def drop(self) -> None:
        """Close at once."""


class Connections:
    """All connections of this process, used on the loop's own thread."""

    def __init__(self, limits: ConnectionBounds, *, most: int, trusted: Sequence[Network] = ()) -> None:
        self.limits = limits
        self.most = most
        self.most_of_network = max(FEWEST_CONNECTIONS, most // SHARE)
        self._trusted = tuple(trusted)
        self._all: dict[CountedConnection, WaitedFor | None] = {}
        self._waiting: dict[WaitedFor, dict[CountedConnection, None]] = {
            kind: {} for kind in WaitedFor
        }  # the oldest first
        self._of_network: Counter[str] = Counter()
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, connection: CountedConnection) -> bool:
        """Count a newcomer, and let another one go when this is one too many; False when nobody can go."""
        network = connection.network
        if not self._is_proxy(connection.peer) and self._of_network[network] >= self.most_of_network:
            if not self._let_go(network):
                return False
        elif len(self._all) >= self.most and not self._let_go(None):
            return False
        self._all[connection] = None
        self._of_network[network] += 1
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self.limits.sweep_seconds, self._look_round)
        return True

    def wait_for(self, connection: CountedConnection, kind: WaitedFor | None) -> None:
        """Note what this connection is waited for from now on; None: it waits for us."""
        before = self._all.get(connection, kind)
        if before is kind or connection not in self._all:
            return
        if before is not None:
            del self._waiting[before][connection]
        if kind is not None:
            self._waiting[kind][connection] = None
        self._all[connection] = kind

    def forget(self, connection: CountedConnection) -> None:
        """Count a connection no more."""
        if connection not in self._all:
            return
        self.wait_for(connection, None)
        del self._all[connection]
        self._of_network[connection.network] -= 1
        if not self._of_network[connection.network]:
            del self._of_network[connection.network]

    def _is_proxy(self, peer: str) -> bool:  # all its visitors come from one address
        address = address_of(peer)
        return address is not None and any(address in network for network in self._trusted)

    def _let_go(self, network: str | None) -> bool:
        for waiting in self._waiting.values():
            found = next((c for c in waiting if network in (None, c.network)), None)
            if found is not None:
                self.forget(found)
                found.drop()
                return True
        return False

    def _look_round(self) -> None:
        self._sweep = None
        loop = asyncio.get_running_loop()
        for connection in list(self._all):
            connection.overdue(loop.time())
        if self._all:
            self._sweep = loop.call_later(self.limits.sweep_seconds, self._look_round)


def room_for_connections(also_open: int) -> int:
    """Raise this process's limit of open files as far as it may be, and return how many connections fit below it.

    `also_open`: connections that this process makes itself.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES + also_open
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    room = MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else soft - OTHER_FILES - also_open
    return min(MOST_CONNECTIONS, max(FEWEST_CONNECTIONS, room))
