"""Find what a writer left to be done: TK, TODO, lorem ipsum, and merge tags of other products that nothing here fills.

Whole words only, and never in code or formulas. TK counts in capitals alone, and not as part of a name (TK-421, example.tk,
TK Maxx); TODO in capitals, or in any case before a colon, so that a todo app may be written about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newsletter.model.document import Document

_ALONE = r"(?<![\w.@/#-])"
_ENDS = r"(?![\w@/-]|\.\w)"
_CODE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*$.*?(?:^(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`{1,3})(?!`)(?:[^`]|(?<!`)`(?!`))*?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$[^$]{1,2000}\$\$|(?<![\\$])\$(?![\s$])[^$\n]{1,500}(?<!\s)\$(?!\d)",
    re.MULTILINE | re.DOTALL,
)
_CODE_LINE = re.compile(r"\n[ \t]*\n(?: {4}|\t)[^\n]*(?:\n(?: {4}|\t)[^\n]*)*")
_LIST = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)])\s", re.MULTILINE)
RULES: dict[str, re.Pattern[str]] = {
    "TK": re.compile(rf"{_ALONE}(?:TK)+{_ENDS}(?! (?:Maxx|Elevator)\b)"),
    "TODO": re.compile(rf"{_ALONE}(?:(?:TODO|FIXME){_ENDS}|(?i:todo|fixme)(?=:(?!//)))"),
    "lorem": re.compile(rf"{_ALONE}(?i:lorem\s+ipsum|dolor\s+sit\s+amet){_ENDS}"),
    "merge-tag": re.compile(
        r"\{\{[^{}\n]{1,200}\}\}|\{%[^%\n]{1,200}%\}|\*\|[A-Z][A-Z0-9_:,. -]{0,80}\|\*|%%[A-Za-z_][\w. -]{0,60}%%"
    ),
}
"""By the name under which an editor may let it pass."""
_NAMES = frozenset({"slug", "key", "kind", "publication", "attributes", "explicit_key", "language"})
_CHARS = 40


def unfinished(document: Document) -> Iterator[tuple[str, str, str]]:
    """Yield rule, place and the words found: each rule once a place."""
    for where, text, is_address in _texts(document):
        plain = text if is_address else _without_code(text)
        for rule, pattern in RULES.items():
            found = None if is_address and rule != "merge-tag" else pattern.search(plain)
            if found:
                yield rule, where, found[0][:_CHARS]


def _texts(document: Document) -> Iterator[tuple[str, str, bool]]:
    for name in ("title", "subject", "author", "preheader", "lead"):
        yield name, getattr(document, name), False
    for section in document.sections:
        for name in ("title", "all_title", "intro"):
            yield section.slug, getattr(section, name), False
        for item in section.items:
            for name, value in item.model_dump(exclude=set(_NAMES)).items():
                yield from ((f"{section.slug}/{item.key}", text, name == "url") for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)


def _without_code(text: str) -> str:
    bare = _CODE.sub(" ", text)
    return bare if _LIST.search(bare) else _CODE_LINE.sub("\n", "\n\n" + bare)
