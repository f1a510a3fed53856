"""What a stranger makes the listener write down is bounded, and not by messages alone."""

from __future__ import annotations

import pytest

from newsletter.feedback.allowances import LEAST_OCTETS, MIB, Allowances
from newsletter.feedback.handling import FORGED
from newsletter.inbound.connection_limit import Peer
from newsletter.store.feedback import reports
from tests.workers.test_inbound_bounds import DOMAIN, Opened, opened, path_of, stranger

__all__ = ("opened",)  # a fixture


@pytest.mark.parametrize("network", [2, 3])
def test_forged_addresses_are_counted_in_the_ledger_while_the_network_has_octets_left(
    opened: Opened, network: int
) -> None:
    parts, listener = opened(inbound_day_megabytes=32)
    left = Allowances(parts.buckets, 32 * MIB)
    assert left.take_from(Peer("127.0.0.2", relay=False), 2 * MIB - 3 * LEAST_OCTETS)
    with stranger(listener, network) as client:
        client.mail("")
        said = [client.rcpt(f"b+{n:036x}@{DOMAIN}")[0] for n in range(10)]
        assert client.rcpt(f"nobody@{DOMAIN}")[0] == 550, "this is written nowhere"
        known = client.rcpt(path_of(parts))[0]
    refused_in_the_end = network == 2
    assert said == ([550] * 3 + [452] * 7 if refused_in_the_end else [550] * 10)
    assert known == (452 if refused_in_the_end else 250)
    with parts.database.read() as session:
        assert reports.tallies(session)[FORGED] == said.count(550)
