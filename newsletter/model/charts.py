"""A chart: figures of a table as a picture for pages, its sizes known before anything is drawn.

The same chart has the same digest everywhere, so that it is drawn once and kept for ever. Pages are told how large it is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

MOST_BARS = 30
"""Rows that are drawn; the table beside the chart has them all."""
CARD_BARS = 6
"""Of a picture that other sites show beside a link."""
DIGEST_CHARS = 16
_DRAWN_AS = 1
"""How charts are drawn: raised when the same chart is to look different, for what is kept is kept for ever."""


class ChartForm(StrEnum):
    """For whom a chart is drawn: pages wide and narrow, light and dark, and cards of other sites."""

    WIDE = "wide"
    NARROW = "narrow"
    WIDE_DARK = "wide-dark"
    NARROW_DARK = "narrow-dark"
    CARD = "card"

    @property
    def is_dark(self) -> bool:
        """Whether it stands on a dark ground."""
        return self in {ChartForm.WIDE_DARK, ChartForm.NARROW_DARK}

    @property
    def is_narrow(self) -> bool:
        """Whether each label stands above its bar."""
        return self in {ChartForm.NARROW, ChartForm.NARROW_DARK}


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One row: what it is called, its figure as written, and its length in thousandths of the longest; None: it has no figure."""

    label: str
    figure: str
    share: int | None
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from zero under the title of their column; `title` is the item's, `accent` the publication's (#rrggbb)."""

    title: str
    column: str
    accent: str
    bars: tuple[ChartBar, ...]

    @property
    def digest(self) -> str:
        """Tells one chart from every other: the first hex digits of the SHA-256 of all that is drawn."""
        return self._sha256("")[:DIGEST_CHARS]

    def file(self, form: ChartForm) -> str:
        """Return its name in the image store."""
        return f"{self._sha256(form)}.png"

    def size(self, form: ChartForm) -> tuple[int, int]:
        """Return width and height in CSS pixels; the picture has twice as many."""
        if form is ChartForm.CARD:
            return 600, 315
        row, top, bottom = (46, 34, 10) if form.is_narrow else (30, 36, 12)
        return 360 if form.is_narrow else 640, top + row * len(self.bars) + bottom

    def _sha256(self, form: str) -> str:
        said = json.dumps([_DRAWN_AS, form, asdict(self)], ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChartInk:
    """The colours of a chart, #rrggbb; `accent` is the leading bar, `soft` every other."""

    paper: str
    ink: str
    muted: str
    accent: str
    soft: str
