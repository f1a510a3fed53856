"""Signs that nobody sees and that turn the order of the letters after them: a title reads otherwise than it is written.

An override (U+202D, U+202E) turns letters about whatever they are, and no language needs one. An embedding or an isolate is meant for
a word of another direction; one that is not ended on its line goes on (Unicode Standard Annex 9, sections 2.1 to 2.5; Boucher and Anderson,
"Trojan Source", 2021).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected

TURNED = Rule(
    "turned-letters", "advise", "a sign that nobody sees and that turns the letters after it (U+202E), or one of its kind that is never ended"
)  # fmt: skip
_SIGNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = "\u202d\u202e"
_ENDS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at every text of the issue, code among it."""
    for passage in issue.passages:
        if not _SIGNS.search(passage.text):
            continue
        for number, line in enumerate(passage.text.split("\n")):
            yield from _told(line, passage.where, passage.line + (number if passage.is_block else 0))
    for line_of in issue.lines:
        yield from _told(line_of.text, line_of.where, line_of.line)


def _told(line: str, where: str, number: int) -> Iterator[Finding]:
    for sign in turning(line):
        never = "" if sign in _OVERRIDES else ", and is not ended on its line"
        what = f"the sign U+{ord(sign):04X}, which nobody sees, turns the letters after it{never}"
        yield TURNED.found(what, where, "take it out: delete the words around it, and type them anew", line=number)


def turning(line: str) -> list[str]:
    """Return the signs of a line that turn what follows, each once: overrides, and embeddings and isolates without their end."""
    signs = _SIGNS.findall(line)
    open_: list[str] = []
    for sign in signs:
        if sign in _ENDS:
            open_.append(sign)
        elif open_ and _ENDS[open_[-1]] == sign:
            open_.pop()
    return list(dict.fromkeys([*(sign for sign in signs if sign in _OVERRIDES), *open_]))
