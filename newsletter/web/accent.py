"""A publication's one colour as a style sheet, readable on light and on dark paper (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

import re

from newsletter.rendering.colours import DARK_ENOUGH, ENOUGH, PAPER, contrast, readable

DARK_PAPER = "#161719"
"""The pages' own: darker than a mail's."""
_WHITE, _BLACK = "#ffffff", "#000000"
_HEX = re.compile(r"[0-9a-f]{6}", re.ASCII)


def accent_css(digits: str) -> str | None:
    """Return the style sheet of the accent with these six hex digits (lower case), or None when they are not."""
    if not _HEX.fullmatch(digits):
        return None
    light = readable(f"#{digits}", PAPER, _BLACK, ENOUGH)
    dark = readable(f"#{digits}", DARK_PAPER, _WHITE, DARK_ENOUGH)
    return (
        f":root{{{_variables(light)}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{_variables(dark)}}}}}\n"
        f"@media print{{:root{{{_variables(light)}}}}}\n"
    )


def _variables(colour: str) -> str:
    on = max((_WHITE, _BLACK), key=lambda ink: contrast(ink, colour))
    return f"--accent:{colour};--on-accent:{on}"
