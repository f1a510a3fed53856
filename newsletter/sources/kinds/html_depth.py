"""How deep the elements of a page lie in one another, told before it is parsed: a parser's time grows with the square of that."""

from __future__ import annotations

import re

MOST_DEPTH = 1_500
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,30})")
_WITHOUT_END = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "th",
        "tr",
        "thead",
        "tbody",
        "tfoot",
        "dt",
        "dd",
        "option",
        "colgroup",
        "html",
        "head",
        "body",
    ]
)
"""Elements whose end is never written, or may be left out."""


def is_too_deep(markup: str) -> bool:
    """Tell whether more than MOST_DEPTH elements are open at once."""
    depth = 0
    for found in _TAG.finditer(markup):
        if found[2].lower() in _WITHOUT_END:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > MOST_DEPTH:
            return True
    return False
