"""Which addresses may be connected to, and connections that go to those alone and end in time."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import TypeAlias

import httpcore

from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.timed_stream import SocketOptions, TimedStream, of_what_is_left

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp: TypeAlias = Callable[[str, int], Sequence[str]]
"""A host and a port -> its addresses, in the order in which they are tried. Raises OSError when there are none."""
_MOST_ADDRESSES = 4
"""How many addresses of one host are tried."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 section 2.1: the last 32 bits are an IPv4 address
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215: where the IPv4 address stands is a local matter


class PrivateAddressError(InputError):
    """A name leads to an address that not everyone can reach."""


def is_public(address: Address) -> bool:
    """Whether everyone can reach this address: not loopback, private, link-local, multicast, or one of those in disguise.

    By the registries of RFC 6890; an IPv4 address within an IPv6 one (mapped, NAT64, 6to4) counts by itself; Teredo is none of them.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None and not is_public(address.sixtofour):
            return False
        if address.is_site_local or address in _LOCAL_NAT64:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def by_system(host: str, port: int) -> list[str]:
    """Return the addresses that this machine's resolver finds, which takes as long as resolv.conf(5) lets it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Guarded(httpcore.SyncBackend):
    """Connects only to addresses that are allowed, and lets no step last longer than until the end set by `begin`.

    A connection that is kept outlives what it was made for: so each of its steps asks for the end that holds then.
    """

    def __init__(self, clock: Clock, allowed: Callable[[Address], bool], look_up: LookUp) -> None:
        self._clock = clock
        self._allowed = allowed
        self._look_up = look_up
        self._end = float("-inf")
        self.made = 0
        """How many connections were made, or tried."""

    def begin(self, seconds: float) -> None:
        """Give all that follows so many seconds from now."""
        self._end = self._clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, below nothing when it is too late."""
        return self._end - self._clock.monotonic()

    def left(self, timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
        """Return the seconds a step may take. Raises `too_late` when there are none."""
        return of_what_is_left(self.remaining(), timeout, too_late)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check every address, and connect to the first that answers; those after one that says nothing have their share."""
        self.made += 1
        last: Exception = httpcore.ConnectError(f"{host} has no address")
        addresses = self._addresses(host, port)
        for number, address in enumerate(addresses):
            try:
                left = self.left(timeout, httpcore.ReadTimeout)  # not one of connecting, after which the next is tried
                share = left / (len(addresses) - number)
                stream = super().connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return TimedStream(stream, self.left)
        raise last

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = list(dict.fromkeys(self._look_up(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not found: {error}") from None
        for address in addresses:
            if not self._allowed(ipaddress.ip_address(address)):
                raise PrivateAddressError(f"{host} is at {address}, which is not a public address")
        return addresses[:_MOST_ADDRESSES]
