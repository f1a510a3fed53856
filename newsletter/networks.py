"""Networks: what one household or office shares, so that limits count it as one."""

from __future__ import annotations

import ipaddress


def network_of(ip: str) -> str:
    """Return what a limit counts as one: an IPv4 address, or the /64 of an IPv6 one (RFC 6177 section 2).

    An IPv4 address that came as an IPv6 one (RFC 4291 section 2.5.5.2) is the IPv4 address; what is no address stays as it is.
    """
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)
