"""Measure rendering on this machine; reported, never asserted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from newsletter.mail.body import build_body
from newsletter.mail.body_template import BodyTemplate
from newsletter.mail.slots import SLOT_CHARS, Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document
from newsletter.rendering.renderer import Renderer

_ROUNDS = 15


def measure(renderer: Renderer, document: Document, brand: Brand, *, byte_budget: int = 100_000) -> dict[str, float]:
    """Return medians of a warm compile (mail, page, text: milliseconds) and of filling one body (microseconds), and sizes."""
    rendering = renderer.email(document, brand, byte_budget=byte_budget)  # the first one warms the caches
    template = BodyTemplate(build_body(rendering.text, rendering.html).content)
    values: dict[str, bytes] = dict.fromkeys(Slot, b"x" * SLOT_CHARS)
    return {
        "compile_ms": _median_ms(lambda: renderer.email(document, brand, byte_budget=byte_budget)),
        "web_ms": _median_ms(lambda: renderer.web(document, brand)),
        "text_ms": _median_ms(lambda: renderer.text(document, brand)),
        "fill_us": round(_median_ms(lambda: [None for _ in range(100) if not template.fill(values)]) * 10, 2),
        "body_octets": len(template.fill(values)),
        "html_octets": len(rendering.html.encode()),
        "text_octets": len(rendering.text.encode()),
        "links": len(rendering.links),
        "folded": rendering.folded,
    }


def _median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 2)
