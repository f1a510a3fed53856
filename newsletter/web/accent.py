"""A publication's one colour, made readable on light and on dark paper (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

import re

LIGHT_PAPER = (0xFD, 0xFC, 0xFA)
DARK_PAPER = (0x16, 0x17, 0x19)
_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
_ENOUGH, _ENOUGH_IN_THE_DARK = 4.5, 7.0
"""In the dark more: thin letters that shine look thinner."""
_HEX = re.compile(r"[0-9a-f]{6}", re.ASCII)

Colour = tuple[int, int, int]


def accent_css(digits: str) -> str | None:
    """Return the style sheet of the accent with these six hex digits (lower case), or None when they are not."""
    if not _HEX.fullmatch(digits):
        return None
    colour: Colour = (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    light, dark = (
        _readable(colour, LIGHT_PAPER, _BLACK, _ENOUGH),
        _readable(colour, DARK_PAPER, _WHITE, _ENOUGH_IN_THE_DARK),
    )
    return (
        f":root{{{_variables(light)}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{_variables(dark)}}}}}\n"
        f"@media print{{:root{{{_variables(light)}}}}}\n"
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _readable(colour: Colour, paper: Colour, towards: Colour, enough: float) -> Colour:
    """Mix `colour` towards black or white until text in it can be read on `paper`."""
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if contrast(mixed, paper) >= enough:
            return mixed
    return towards


def _variables(colour: Colour) -> str:
    on = max((_WHITE, _BLACK), key=lambda ink: contrast(ink, colour))
    return f"--accent:{_css(colour)};--on-accent:{_css(on)}"


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


def _luminance(colour: Colour) -> float:
    r, g, b = (c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
