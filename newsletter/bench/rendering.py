"""`newsletter bench render`: the sample issue through every output."""

from __future__ import annotations

from typing import Any

from newsletter import resources
from newsletter.bench import rendering_steps
from newsletter.issues.parsing import parse_issue
from newsletter.issues.sample import sample_text
from newsletter.model.brand import Brand
from newsletter.rendering.renderer import Renderer

BRAND = Brand(
    slug="rehearsal",
    name="Rehearsal",
    description="",
    language="en",
    postal_address="1 Example Street",
    accent="#1f5f8b",
    base_url="https://news.example",
    from_address="rehearsal@news.example",
)


def measure_rendering(text: bytes | None = None) -> dict[str, Any]:
    """Return medians in milliseconds (compile, web, text) and microseconds (fill), and sizes in octets.

    Raises DocumentError when `text` is no issue; without it the sample is measured.
    """
    document = parse_issue(text if text is not None else sample_text())
    return dict(rendering_steps.measure(Renderer(resources.TEMPLATES), document, BRAND))
