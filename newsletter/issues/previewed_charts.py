"""Charts of a draft: its pages are not public, so that a preview carries each picture within it."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache

from newsletter.model.brand import Brand
from newsletter.model.charts import DIGEST_CHARS, Chart, ChartForm
from newsletter.model.document import Document
from newsletter.rendering.furniture.charts import chart_at, ink_of

MOST = 8
"""Tables of one preview whose charts are shown; others show their numbers alone."""
_CHART = re.compile(
    rf"(?P<opening>\b(?:src|srcset)=\")[^\"]*/(?P<section>[a-z0-9-]+)/(?P<key>[a-z0-9-]+)"
    rf"\.[0-9a-f]{{{DIGEST_CHARS}}}\.(?P<form>{'|'.join(ChartForm)})\.png\""
)
_PARAGRAPH = re.compile(r'<p class="chart"><picture>(?>(?:[^<]++|<(?:source|img)\b[^>]*+>)*)</picture></p>')


def with_charts(html: str, document: Document, brand: Brand) -> str:
    """Return the web page of a draft with its charts within it, as data: URLs (RFC 2397)."""
    shown = 0

    def carried(found: re.Match[str]) -> str:
        chart = chart_at(document, found["section"], found["key"], brand.accent)
        return f'{found["opening"]}{_data(chart, ChartForm(found["form"]))}"' if chart else found[0]

    def paragraph(found: re.Match[str]) -> str:
        nonlocal shown
        shown += 1
        return _CHART.sub(carried, found[0]) if shown <= MOST else ""

    return _PARAGRAPH.sub(paragraph, html)


@lru_cache(maxsize=64)
def _data(chart: Chart, form: ChartForm) -> str:
    from newsletter.imaging.charts import draw  # late: pillow is for those who draw

    return "data:image/png;base64," + b64encode(draw(chart, form, ink_of(chart, form))).decode()
