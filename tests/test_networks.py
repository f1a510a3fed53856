"""What limits count as one network."""

from __future__ import annotations

import pytest

from newsletter.networks import network_of


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
    ],
)
def test_a_limit_counts_an_ipv4_address_or_the_64_of_an_ipv6_one(ip: str, network: str) -> None:
    assert network_of(ip) == network
