"""Pages are read from a real server, idle and while it sends."""

from __future__ import annotations

from newsletter.bench.pages import measure_pages


def test_the_wait_for_pages_is_told_for_an_idle_and_for_a_sending_server() -> None:
    found = measure_pages(recipients=3000, octets=10_240)
    assert found["messages_per_second"] > 0
    assert found["pages_read"] > 0
    assert 0 < found["idle_ms"]["p50"] <= found["idle_ms"]["p99"]
    assert 0 < found["sending_ms"]["p50"] <= found["sending_ms"]["p99"]
