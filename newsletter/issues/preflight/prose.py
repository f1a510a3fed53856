"""Markdown without its code and formulas: what is looked for in an editor's words is not looked for there."""

from __future__ import annotations

import re

_OPENS = r"`{3,}+(?=[^`\n]*$)|~{3,}+"
_CODE = re.compile(
    rf"^(?P<fence>{_OPENS})[^\n]*$.*?(?:^ {{0,3}}(?P=fence)[`~]*+[ \t]*+$|\Z)"
    rf"|^[ \t]++(?P<nested>{_OPENS})[^\n]*+(?=\n[ \t\n])"
    r"(?>(?:\n(?![^ \t\n])(?![ \t]*+(?P=nested)[`~]*+[ \t]*+$)[^\n]*+)*)(?:\n[ \t]++(?P=nested)[^\n]*+)?"
    r"|(?<!`)(?P<ticks>`{1,3})(?!`)(?:[^`\n]|\n(?![ \t]*\n)|(?<!`)`(?!`))*?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$(?:[^$\n]|\n(?![ \t]*\n)){1,2000}\$\$|(?<![\\$])\$(?![\s$])[^$\n]{1,500}(?<!\s)\$(?!\d)",
    re.MULTILINE | re.DOTALL,
)
"""A fence goes on to its end, which is the last line where it has none; one within a list ends with the list. Nothing else goes past an
empty line: two signs in two paragraphs are two signs, and what stands between them is words."""
_CODE_LINE = re.compile(r"(?:\A|\n[ \t]*\n)(?: {4}|\t)[^\n]*(?:\n(?: {4}|\t)[^\n]*)*")
_LIST = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)])\s", re.MULTILINE)
_SEEN = re.compile(r"[^\n]")


def prose_of(text: str) -> str:
    """Return Markdown with blanks in the place of code and formulas, so that lines and columns stay what they are."""
    if not ("`" in text or "$" in text or "~~~" in text or "    " in text or "\t" in text):
        return text
    bare = _CODE.sub(_blank, text)
    return bare if _LIST.search(bare) else _CODE_LINE.sub(_blank, bare)


def _blank(found: re.Match[str]) -> str:
    return _SEEN.sub(" ", found[0])
