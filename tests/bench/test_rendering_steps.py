from __future__ import annotations

from newsletter.bench.rendering_steps import measure
from tests.rendering.documents import BRAND, RENDERER, full


def test_a_measurement_says_time_and_size():
    figures = measure(RENDERER, full(), BRAND)
    assert (
        figures["compile_ms"] > 0
        and figures["fill_us"] > 0
        and 5_000 < figures["html_octets"] < 20_000
        and figures["links"] == 3
    )
