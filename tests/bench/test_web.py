"""A real server under clicks, ended while they come in."""

from __future__ import annotations

from newsletter.bench.web import measure_redirects


def test_every_click_is_redirected_and_none_is_lost_when_the_server_ends_or_is_killed() -> None:
    found = measure_redirects(requests=1500, connections=8)
    assert found["not_redirected"] == 0
    assert found["answered_in_all"] > 3000
    assert found["events_written"] >= found["answered_in_all"]
    assert found["lost_at_sigterm"] == 0
    assert found["recovered_after_sigkill"] > 0
    assert found["lost_at_sigkill"] == 0
