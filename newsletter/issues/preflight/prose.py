"""Markdown without its code and formulas: what is looked for in an editor's words is not looked for there."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*$.*?(?:^(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`{1,3})(?!`)(?:[^`]|(?<!`)`(?!`))*?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$[^$]{1,2000}\$\$|(?<![\\$])\$(?![\s$])[^$\n]{1,500}(?<!\s)\$(?!\d)",
    re.MULTILINE | re.DOTALL,
)
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
