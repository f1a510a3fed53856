"""Networks: what one household or office shares, so that limits count it as one; and lists of them, as operators write them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_BITS = 2**32 - 1
_MAPPED_BITS = 96
"""Before the IPv4 address in an IPv6 one that stands for it."""
_LONGEST = 64
"""Characters: an address has 45 at most (RFC 4291 section 2.2), and a zone may follow it (RFC 4007 section 11)."""


def address_of(text: str) -> Address | None:
    """Return the address that is written here, or None.

    An IPv4 address that came as an IPv6 one (RFC 4291 section 2.5.5.2) is the IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(text) if len(text) <= _LONGEST else None
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def network_of(ip: str) -> str:
    """Return what a limit counts as one: an IPv4 address, or the /64 of an IPv6 one (RFC 6177 section 2).

    An IPv4 address that a translator wrote as an IPv6 one (RFC 6052 section 2.1) is the IPv4 address: all of them share a /64.
    What is no address stays as it is.
    """
    parsed = address_of(ip)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed in _TRANSLATED:
            return str(ipaddress.IPv4Address(int(parsed) & _IPV4_BITS))
        return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
    return str(parsed or ip)


def read_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas or spaces between. Raises ValueError with what is wrong with which."""
    return tuple(_network(word) for word in re.split(r"[\s,]+", text) if word)


def _network(word: str) -> Network:
    try:
        network = ipaddress.ip_network(word)
    except ValueError:
        raise ValueError(f"{word[:80]!r} is neither an address nor a network such as 10.0.0.0/8") from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        network = ipaddress.IPv4Network((int(mapped), network.prefixlen - _MAPPED_BITS))
    if network.prefixlen == 0:  # asked last: ::ffff:0:0/96 is every IPv4 address
        raise ValueError(f"{word} is everybody: name the proxy's own address or network")
    return network


def url_parts(url: str) -> SplitResult | None:
    """Return the parts of a URL; None for what cannot be parted, such as a port that is no number."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError when it is none
    except ValueError:
        return None
    return parts
