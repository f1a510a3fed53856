"""Attributes of a tag as somebody wrote it: in quotes of both kinds, or in none (HTML, "Attributes")."""

from __future__ import annotations

import re
from html import unescape

_ATTRIBUTE = re.compile(
    r"(?<![^\s\"'/])([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?",
)


def attribute(attributes: str, name: str) -> str | None:
    """Return the value of an attribute, the first one where there are two; None where there is none."""
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return unescape(found[2] or found[3] or found[4] or "").strip()
    return None
