"""Draw a chart as a PNG of double density: labels, bars from zero, figures.

Letters are those of Source Sans Pro (SIL Open Font License 1.1), which a package carries, so that no machine's fonts are asked for.
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from newsletter.model.charts import CARD_BARS, Chart, ChartBar, ChartForm, ChartInk

DENSITY = 2
"""Pixels of the picture to one of CSS."""
_REGULAR, _BOLD = "SourceSansPro-Regular.otf", "SourceSansPro-Semibold.otf"
_COLOURS = 64
"""Of the palette of the file: a few flat ones, and what lies between them at the edges of letters."""


def draw(chart: Chart, form: ChartForm, ink: ChartInk) -> bytes:
    """Return the chart as PNG, `Chart.size` in CSS pixels with `DENSITY` pixels to each."""
    width, height = (DENSITY * side for side in chart.size(form))
    sheet = _Sheet(Image.new("RGB", (width, height), ink.paper), ink)
    if form is ChartForm.CARD:
        _card(sheet, chart)
    elif form.is_narrow:
        _two_lines(sheet, chart.column, chart.bars)
    else:
        _rows(sheet, chart.column, chart.bars, left=0, top=8)
    written = io.BytesIO()
    sheet.image.quantize(_COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


class _Sheet:
    """A picture that is drawn on in CSS pixels."""

    def __init__(self, image: Image.Image, ink: ChartInk) -> None:
        self.image = image
        self.ink = ink
        self._draw = ImageDraw.Draw(image)

    @property
    def width(self) -> int:
        """In CSS pixels."""
        return self.image.width // DENSITY

    def text(
        self, at: tuple[float, float], words: str, size: int, colour: str, *, room: float, bold: bool = False
    ) -> None:
        """Write words at the top left corner of their line, cut to `room`."""
        font = _font(_BOLD if bold else _REGULAR, size)
        place = at[0] * DENSITY, at[1] * DENSITY
        self._draw.text(place, _fitting(words, font, room * DENSITY), font=font, fill=colour, anchor="la")

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """Fill a rectangle."""
        corners = [round(DENSITY * side) for side in (left, top, right, bottom)]
        self._draw.rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), fill=colour)


def _rows(sheet: _Sheet, column: str, bars: tuple[ChartBar, ...], *, left: int, top: int) -> None:
    """Draw label, bar and figure of each row on one line."""
    inner = sheet.width - 2 * left
    names = max(_length(bar.label, 15, bold=bar.leads) for bar in bars)
    start = left + min(names, inner * 0.42) + 14
    longest = left + inner - start - min(_figures(bars), inner * 0.25) - 10
    sheet.text((start, top), column, 13, sheet.ink.muted, room=left + inner - start)
    first = top + 28
    for number, bar in enumerate(bars):
        line = first + 30 * number
        sheet.text((left, line + 4), bar.label, 15, sheet.ink.ink, room=start - left - 14, bold=bar.leads)
        end = start + _drawn(sheet, bar, (start, line + 6), longest, 18)
        sheet.text((end, line + 4), bar.figure, 15, sheet.ink.ink, room=left + inner - end, bold=bar.leads)
    sheet.rectangle(start - 1, first, start, first + 30 * len(bars), sheet.ink.muted)


def _two_lines(sheet: _Sheet, column: str, bars: tuple[ChartBar, ...]) -> None:
    """Draw each row on two lines, for a narrow page: the label above its bar."""
    sheet.text((0, 8), column, 14, sheet.ink.muted, room=sheet.width)
    longest = sheet.width - min(_figures(bars), sheet.width * 0.4) - 12
    for number, bar in enumerate(bars):
        top = 34 + 46 * number
        sheet.text((0, top), bar.label, 15, sheet.ink.ink, room=sheet.width, bold=bar.leads)
        end = 1 + _drawn(sheet, bar, (1, top + 23), longest, 13)
        sheet.text((end, top + 19), bar.figure, 15, sheet.ink.ink, room=sheet.width - end, bold=bar.leads)
        sheet.rectangle(0, top + 21, 1, top + 38, sheet.ink.muted)


def _card(sheet: _Sheet, chart: Chart) -> None:
    """Draw a picture of fixed size: title, and as many rows as there is room for."""
    room = sheet.width - 72
    sheet.text((36, 26), chart.title, 26, sheet.ink.ink, room=room, bold=True)
    _rows(sheet, chart.column, chart.bars[:CARD_BARS], left=36, top=70)


def _drawn(sheet: _Sheet, bar: ChartBar, at: tuple[float, float], longest: float, thick: int) -> float:
    """Draw a bar, and return how far behind its beginning the figure stands."""
    if not bar.share:
        return 8
    long = max(1.5, longest * bar.share / 1000)
    sheet.rectangle(at[0], at[1], at[0] + long, at[1] + thick, sheet.ink.accent if bar.leads else sheet.ink.soft)
    return long + 8


def _figures(bars: tuple[ChartBar, ...]) -> float:
    """Return how long the longest figure is."""
    return max(_length(bar.figure, 15, bold=bar.leads) for bar in bars)


def _length(words: str, size: int, *, bold: bool) -> float:
    return _font(_BOLD if bold else _REGULAR, size).getlength(words) / DENSITY


def _fitting(words: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    """Return words that are no longer than `room`, their end cut off where they were."""
    if font.getlength(words) <= room:
        return words
    fits, too_many = 0, len(words)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if font.getlength(words[:middle] + "…") <= room else (fits, middle)
    return words[:fits].rstrip() + "…"


@lru_cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    octets = files("font_source_sans_pro").joinpath("files", name).read_bytes()
    # Raqm shapes what these letters need none of, and not every build of pillow has it: one picture for all
    return ImageFont.truetype(io.BytesIO(octets), size * DENSITY, layout_engine=ImageFont.Layout.BASIC)
