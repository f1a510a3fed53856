"""How long people read a text."""

from __future__ import annotations

import re

_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def minutes_of(text: str) -> int:
    """Return how many minutes people read a text, at least one: 230 words, or 500 signs of a script without spaces, a minute."""
    signs = len(_IDEOGRAPHS.findall(text))
    return max(1, round(len(text.split()) / 230 + signs / 500))
