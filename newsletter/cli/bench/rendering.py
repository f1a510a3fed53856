"""`newsletter bench render`: the sample issue through every output."""

from __future__ import annotations

from typing import Any

from newsletter import resources
from newsletter.issues.parsing import parse_issue
from newsletter.issues.sample import sample_text
from newsletter.model.brand import Brand
from newsletter.rendering import bench
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


def measure_rendering() -> dict[str, Any]:
    """Return medians in milliseconds (compile, web, text) and microseconds (fill), and sizes in octets."""
    return dict(bench.measure(Renderer(resources.TEMPLATES), parse_issue(sample_text()), BRAND))
