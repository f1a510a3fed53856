"""What limits count as one network."""

from __future__ import annotations

import ipaddress

import pytest

from newsletter.networks import network_of, read_networks


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
        ("fe80::1%eth0", "fe80::/64"),
        ("64:ff9b::192.0.2.7", "192.0.2.7"),
        ("64:ff9b:1::192.0.2.7", "64:ff9b:1::/64"),
    ],
)
def test_a_limit_counts_an_ipv4_address_or_the_64_of_an_ipv6_one(ip: str, network: str) -> None:
    assert network_of(ip) == network


@pytest.mark.parametrize("bits", range(129))
def test_a_network_is_read_as_what_it_holds_and_never_as_everybody(bits: int) -> None:
    for first in ("::", "::ffff:0:0"):
        written = str(ipaddress.IPv6Network((int(ipaddress.IPv6Address(first)), bits), strict=False))
        if written in {"::/0", "::ffff:0:0/96"}:
            with pytest.raises(ValueError, match="is everybody"):
                read_networks(written)
        else:
            [network] = read_networks(written)
            assert network.prefixlen > 0
