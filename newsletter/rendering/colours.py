"""A brand's accent made readable on paper and in the dark (WCAG 2.2, 1.4.3: contrast of 4.5 to 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

PAPER, GROUND, INK, MUTED, RULE, TINT = "#fdfcfa", "#f1eee8", "#1f1d1a", "#625d55", "#e3dfd7", "#f1eee8"
DARK_PAPER, DARK_GROUND, DARK_INK, DARK_MUTED, DARK_RULE = "#1b1a18", "#121110", "#e8e5de", "#a8a399", "#3a3731"
DARK_MARK = "#5c4d10"
ENOUGH, DARK_ENOUGH = 4.5, 7.0
"""Contrast of the accent on paper; in the dark more, for thin letters that shine look thinner."""
_FALLBACK = "#1a56a0"
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a mail, `#rrggbb`; light and dark."""

    accent: str
    dark_accent: str
    paper: str = PAPER
    ground: str = GROUND
    """What a sheet of paper lies on, where a screen is wider than the sheet."""
    ink: str = INK
    muted: str = MUTED
    rule: str = RULE
    tint: str = TINT
    dark_paper: str = DARK_PAPER
    dark_ground: str = DARK_GROUND
    dark_mark: str = DARK_MARK
    dark_ink: str = DARK_INK
    dark_muted: str = DARK_MUTED
    dark_rule: str = DARK_RULE


@lru_cache(maxsize=256)
def palette(accent: str) -> Palette:
    """Return the palette of an accent colour, darkened or lightened until it can be read; anything but `#rrggbb` is blue."""
    colour = accent.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", accent) else _FALLBACK
    return Palette(
        accent=readable(colour, PAPER, "#000000", ENOUGH),
        dark_accent=readable(colour, DARK_PAPER, "#ffffff", DARK_ENOUGH),
    )


@lru_cache(maxsize=1024)
def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2), from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str, towards: str, enough: float) -> str:
    """Return a colour mixed towards black or white until its contrast on `ground` is `enough`; all are `#rrggbb`."""
    mixed = colour
    for step in range(_STEPS + 1):
        mixed = mixture(colour, towards, step / _STEPS)
        if contrast(mixed, ground) >= enough:
            break
    return mixed


def mixture(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another in it, 0 to 1; all are `#rrggbb`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
