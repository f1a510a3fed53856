"""The chart of a table with bars, for pages: read from the Document as the table is, and named by an address that tells what is on it.

A mail draws its bars as cells and needs no picture. The numbers stay a table below the chart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from newsletter.model.brand import Brand
from newsletter.model.charts import MOST_BARS, Chart, ChartBar, ChartForm, ChartInk
from newsletter.model.document import Document, TableItem
from newsletter.rendering.colours import mixture, palette
from newsletter.rendering.furniture.bars import bars_of
from newsletter.rendering.furniture.marks import marked
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_inline_html
from newsletter.sentences import sentence

TOLD = 12
"""Figures that an alternative text says; the table has the others."""
_NOTE = re.compile(r"\[\^[^\]\s]{1,80}\]")
_SOURCE = re.compile(r'<img data-media="([^"]*)" src="([^"]*)" alt="" ')
_DRAWN = re.compile(
    "[\u0020-\u007e\u00a0-\u017e\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0401-\u044f\u0451-\u045f\u1e9e\u2013\u2014\u2018-\u201a\u201c-\u201e"
    "\u2020-\u2022\u2026\u2030\u2032\u2033\u2070\u2074-\u2079\u2080-\u2089\u20ac\u2122\u2190-\u2193\u2212\u221e\u2248\u2260\u2264\u2265\u25b2\u25bc]*"
)
"""What the letters of charts can write (Source Sans Pro): Latin, Greek, Cyrillic and the signs of figures."""
_BLANKS = str.maketrans(
    {"\u2009": " ", "\u202f": "\u00a0", "\u2060": "", "\u2068": "", "\u2069": "", "\u200b": "", "\u00ad": ""}
)


def chart_of(item: TableItem, language: Language, accent: str) -> Chart | None:
    """Return the chart of a table; None where it has no bars, or is written with letters that cannot be drawn."""
    bars = bars_of(item, language)
    if bars is None:
        return None
    longest = max(figure.value for figure in bars.figures if figure is not None)
    rows = [
        ChartBar(
            label=_plain(_name(row, bars.column)),
            figure=_plain(row[bars.column]),
            share=None if figure is None else round(1000 * figure.value / longest) if longest else 0,
            leads=leads,
        )
        for row, figure, leads in zip(item.rows, bars.figures, bars.leading, strict=True)
    ]
    chart = Chart(
        title=_drawable(soften_line(item.title)),
        column=_plain(item.columns[bars.column].title),
        accent=accent,
        bars=tuple(rows[:MOST_BARS]),
    )
    said = (chart.title, chart.column, *(word for bar in chart.bars for word in (bar.label, bar.figure)))
    return chart if all(map(_DRAWN.fullmatch, said)) else None


def chart_at(document: Document, section: str, key: str, accent: str) -> Chart | None:
    """Return the chart of one item of a Document; None where there is none."""
    for item in (item for each in document.sections if each.slug == section for item in each.items):
        if item.key == key and isinstance(item, TableItem):
            return chart_of(item, language_of(document.language), accent)
    return None


def charted(item: TableItem, section: str, document: Document, brand: Brand) -> Markup:
    """Return the chart of a table as furniture, light and dark, wide and narrow; nothing where it has none."""
    language = language_of(document.language)
    chart = chart_of(item, language, brand.accent)
    if chart is None:
        return Markup()

    def address(form: ChartForm) -> str:
        return escape(brand.chart_url(document.slug, section, item.key, chart.digest, form))

    def source(form: ChartForm, media: str) -> str:
        width, height = chart.size(form)
        return f'<img data-media="{media}" src="{address(form)}" alt="" width="{width}" height="{height}">'

    narrow, dark = "(max-width: 34rem)", "(prefers-color-scheme: dark)"
    width, height = chart.size(ChartForm.WIDE)
    return marked(
        "chart",
        source(ChartForm.NARROW_DARK, f"{narrow} and {dark}")
        + source(ChartForm.WIDE_DARK, dark)
        + source(ChartForm.NARROW, narrow)
        + f'<img src="{address(ChartForm.WIDE)}" alt="{escape(_alt(chart, language))}" width="{width}" height="{height}">',
    )


def sources(words: str) -> str:
    """Return a chart as `<picture>` holds it: each form but the usual one is a source, for which HTML has no end tag."""
    return _SOURCE.sub(r'<source media="\1" srcset="\2" ', str(words))


def ink_of(chart: Chart, form: ChartForm) -> ChartInk:
    """Return the colours of a chart: those of the pages, and an accent that can be read on them."""
    shown = palette(chart.accent)
    if form.is_dark:
        return ChartInk("#161719", "#e6e3dc", "#a19e96", shown.dark_accent, mixture(shown.dark_accent, "#161719", 0.5))
    return ChartInk("#fdfcfa", "#1c1c1a", "#66645e", shown.accent, mixture(shown.accent, "#fdfcfa", 0.5))


def _alt(chart: Chart, language: Language) -> str:
    """Return the figures in words."""
    figures = "; ".join(f"{bar.label}: {bar.figure}" for bar in chart.bars[:TOLD])
    if len(chart.bars) > TOLD:
        figures += "; …"
    said = sentence(
        "Bar chart of %(column)s. %(figures)s. The table below has all figures.", column=chart.column, figures=figures
    )
    return language.say(said)


def _name(row: Sequence[str], column: int) -> str:
    """Return what a row is called: its first cell with a letter that is not the figure's, else its first cell."""
    others = [cell for number, cell in enumerate(row) if number != column]
    return next((cell for cell in others if any(map(str.isalpha, cell))), others[0] if others else "")


def _plain(cell: str) -> str:
    return _drawable(to_inline_html(_NOTE.sub("", cell)).striptags())


def _drawable(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).translate(_BLANKS).split(" ")).strip()
