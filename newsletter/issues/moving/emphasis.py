"""Marks around emphasised words, where CommonMark sees them for what they are."""

from __future__ import annotations

from typing import Any

from bs4.element import Tag

MARK_SIGNS = frozenset("*_~`")
_HELD = "\ue000"
"""Begins the place of a heading (`converting`)."""


def emphasised(el: Tag, text: str, mark: str, parent_tags: set[str]) -> str:
    """Return emphasised words, or the words alone where CommonMark (section 6.2) would not see the marks for what they are."""
    inner = text.strip()
    if not inner or "_noformat" in parent_tags or "\n" in inner or _HELD in inner or inner.startswith("!["):
        return text
    if mark[0] in inner.replace(f"\\{mark[0]}", ""):
        return text  # within, or beside, marks of its own
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    before, after = " " if lead else _beside(el, back=True), " " if trail else _beside(el, back=False)
    if before in MARK_SIGNS or after in MARK_SIGNS:
        return text
    seen = _flanks(before, inner[0]) and _flanks(after, inner[-1]) and inner[-1] != "\\"
    return f"{lead}{mark}{inner}{mark}{trail}" if seen else text


def _flanks(outside: str, inside: str) -> bool:
    """Tell whether a run of marks between two signs is one: what is within is a letter, or what is without is none."""
    return not outside or not outside.isalnum() or inside.isalnum()


def _beside(el: Tag, *, back: bool) -> str:
    """Return the sign beside an element, "" where its block ends, and a mark where nobody can tell."""
    node: Any = el
    while node is not None:
        beside = node.previous_sibling if back else node.next_sibling
        if isinstance(beside, Tag):
            if beside.name in ("br", "p", "ul", "ol", "div"):
                return " "
            words = beside.get_text()
            return (
                "*" if beside.name in ("b", "strong", "em", "i", "del", "s") or not words else words[-1 if back else 0]
            )
        if beside is not None and str(beside):
            return str(beside)[-1 if back else 0]
        parent = node.parent
        if parent is None or parent.name in ("p", "li", "td", "th", "div", "blockquote", "[document]", "figcaption"):
            return ""
        node = parent
    return ""
