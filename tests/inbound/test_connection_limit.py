"""Who is a relay, and who takes whose place."""

from __future__ import annotations

import ipaddress

import pytest

from newsletter.config import Settings
from newsletter.inbound.connection_limit import MOST_OF_NETWORK, ConnectionLimit

RELAYS = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1", "192.0.2.0/28", "2001:db8:1::/48")))


@pytest.mark.parametrize(
    ("ip", "relay"),
    [
        ("127.0.0.9", True),
        ("::ffff:127.0.0.1", True),  # RFC 4291 section 2.5.5.2
        ("::1", True),
        ("192.0.2.15", True),
        ("192.0.2.16", False),
        ("2001:db8:1:2::3", True),
        ("2001:db8:2::3", False),
        ("", False),
        ("no address", False),
    ],
)
def test_a_relay_is_known_by_its_network(ip: str, relay: bool) -> None:
    assert ConnectionLimit(RELAYS, 100).is_relay(ip) is relay


def test_a_network_of_ipv6_has_so_many_places_however_many_addresses_it_has() -> None:
    crowd = ConnectionLimit(RELAYS, 100)
    assert [crowd.enter(f"2001:db8:9::{n}") for n in range(MOST_OF_NETWORK + 1)] == [True] * MOST_OF_NETWORK + [False]
    assert crowd.enter("2001:db8:9:1::1")
    crowd.leave("2001:db8:9::0")
    assert crowd.enter("2001:db8:9::ffff")


def test_relays_take_no_strangers_place_nor_memory() -> None:
    crowd = ConnectionLimit(RELAYS, 2, most_octets=10)
    assert [crowd.enter(ip) for ip in ("198.51.100.1", "198.51.100.2", "198.51.100.3")] == [True, True, False]
    assert [crowd.enter("127.0.0.1") for _ in range(3)] == [True, True, False]
    assert crowd.hold(crowd.strangers, 10) and not crowd.hold(crowd.strangers, 1)
    assert crowd.hold(crowd.ours, 10)


@pytest.mark.parametrize("text", ["300.0.0.1", "10.0.0.1/8", "mx.example.org"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="inbound_relays"):
        Settings(inbound_relays=text, _env_file=None)
